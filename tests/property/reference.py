# SPDX-License-Identifier: Apache-2.0
"""What a table must hold after a load, in the plainest words: lists of rows in memory, no SQL, no
hotload. A row is a dict; its nested rows are the list under "tags"."""

from collections import Counter


def columns_of(row, names):
    return tuple(row.get(name) for name in names)


class Table:
    """Rows that only one disposition loads. The rest are hints of the resource; a primary key is a
    column or a tuple of them."""

    def __init__(
        self,
        how,
        primary_key=None,
        merge_key=None,
        hard_delete=None,
        dedup_sort=None,
        ascending=False,
        where=lambda row: True,
        skip_unchanged=False,
    ):
        self.how = how
        self.ascending = ascending
        self.where = where
        self.skip_unchanged = skip_unchanged
        self.primary_key = primary_key
        self.merge_key = merge_key
        self.hard_delete = hard_delete
        self.dedup_sort = dedup_sort
        self.rows = []
        self.retired = []

    def load(self, batch):
        getattr(self, "_" + self.how.replace("-", "_"))(batch)

    def counts(self, names):
        """How often each row is there, and each nested value of each row."""
        rows = Counter((columns_of(row, names), True) for row in self.rows)
        rows.update((columns_of(row, names), False) for row in self.retired)
        tags = Counter(
            (row["id"], tag) for row in self.rows + self.retired for tag in row.get("tags", ())
        )
        return rows, tags

    def _append(self, batch):
        self.rows += batch

    def _replace(self, batch):
        self.rows = list(batch)

    def _delete_insert(self, batch):
        """Without a sort the last of a key stays; without a primary key all rows do. Which row of a
        key stays is decided before rows are left out."""
        source = [row for row in batch if self.where(row)]
        keys = {self._key(row) for row in source} if self.primary_key else set()
        groups = self._groups(source) if self.merge_key else set()
        self.rows = [
            row
            for row in self.rows
            if not (self.primary_key and self._key(row) in keys)
            and not (self.merge_key and row.get(self.merge_key) in groups)
        ]
        latest = {}
        for number, row in enumerate(batch):
            key = self._key(row) if self.primary_key else number
            if key not in latest or self._comes_before(row, latest[key]):
                latest[key] = row
        self.rows += [
            row for row in latest.values() if self.where(row) and not self._is_deleted(row)
        ]

    def _comes_before(self, row, known):
        if not self.dedup_sort:
            return True
        one, other = row[self.dedup_sort], known[self.dedup_sort]
        return one < other if self.ascending else one > other

    def _upsert(self, batch):
        batch = [row for row in batch if self.where(row)]
        known = {self._key(row): row for row in self.rows}
        keys = {self._key(row) for row in batch}
        self.rows = [row for row in self.rows if self._key(row) not in keys]
        self.rows += [
            self._kept(row, known.get(self._key(row))) for row in batch if not self._is_deleted(row)
        ]

    def _kept(self, row, old):
        """What deletes is no change by itself: a row that differs in nothing else stays."""
        if not (self.skip_unchanged and self.hard_delete and old):
            return row
        compared = [name for name in row if name not in (self.hard_delete, "tags")]
        if any(row[name] != old.get(name) for name in compared):
            return row
        return row | {self.hard_delete: old.get(self.hard_delete)}

    def _insert_only(self, batch):
        """Nested rows are known by their place in the list: longer lists bring new ones."""
        known = {self._key(row): row for row in self.rows}
        for row in batch:
            if self._is_deleted(row):
                continue
            if kept := known.get(self._key(row)):
                if "tags" in row:
                    kept["tags"] = kept["tags"] + row["tags"][len(kept["tags"]) :]
            else:
                self.rows.append(dict(row))

    def _cdc(self, batch):
        groups = self._groups(batch)
        keys = {self._key(row) for row in batch}
        self.rows = [
            row
            for row in self.rows
            if self._key(row) in keys or (self.merge_key and row.get(self.merge_key) not in groups)
        ]
        self._upsert(batch)

    def _scd2(self, batch):
        new = {self._content(row) for row in batch}
        known = {self._content(row) for row in self.rows}
        self.retired += [row for row in self.rows if self._content(row) not in new]
        self.rows = [row for row in self.rows if self._content(row) in new]
        self.rows += [row for row in batch if self._content(row) not in known]

    def _groups(self, batch):
        """NULL equals nothing, not even NULL."""
        return {row.get(self.merge_key) for row in batch} - {None}

    def _key(self, row):
        names = self.primary_key
        return row[names] if isinstance(names, str) else tuple(row[name] for name in names)

    def _is_deleted(self, row):
        return bool(self.hard_delete and row.get(self.hard_delete))

    @staticmethod
    def _content(row):
        return tuple(sorted(row.items()))
