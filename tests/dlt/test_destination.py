# SPDX-License-Identifier: Apache-2.0
"""How the destination is named, configured and told apart."""

import os
import re
import shutil

import dlt
import pytest
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.destination import Destination
from dlt.destinations.exceptions import DatabaseTerminalException, DatabaseTransientException
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.destinations import hotload
from hotload.dlt.configuration import HotloadClientConfiguration, HotloadCredentials

PLACES = ("folder", "server")


def configuration(factory, **options):
    spec = HotloadClientConfiguration()._bind_dataset_name("d")
    for name, value in options.items():
        setattr(spec, name, value)
    return factory.configuration(spec)


def test_the_short_name_is_enough(tmp_path):
    pipeline = dlt.pipeline(
        "short", destination="hotload", dataset_name="d", pipelines_dir=str(tmp_path / "p")
    )
    pipeline.run([{"id": 1}], table_name="t")
    assert pipeline.destination.destination_type == "hotload.dlt.factory.hotload"
    assert (tmp_path / "short.lake").is_dir()
    attached = dlt.attach("short", pipelines_dir=str(tmp_path / "p"))
    assert attached.dataset()["t"].fetchall()[0][0] == 1


def test_the_dotted_name_works():
    factory = Destination.from_reference("hotload.destinations.hotload")
    assert isinstance(factory, hotload)


@pytest.mark.parametrize("name", ["DESTINATION__HOTLOAD__CREDENTIALS", "CREDENTIALS"])
def test_the_location_from_the_environment(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, str(tmp_path / "env.lake"))
    config = configuration(hotload())
    assert config.credentials.location == str(tmp_path / "env.lake")


def test_fields_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DESTINATION__HOTLOAD__CREDENTIALS__LOCATION", str(tmp_path / "env.lake"))
    monkeypatch.setenv("DESTINATION__HOTLOAD__CREDENTIALS__DATABASE", "sales")
    monkeypatch.setenv("DESTINATION__HOTLOAD__MEMORY_LIMIT_MB", "700")
    config = configuration(hotload())
    assert config.credentials.location == str(tmp_path / "env.lake")
    assert config.credentials.database == "sales"
    assert config.memory_limit_mb == 700


def test_an_argument_wins_over_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DESTINATION__HOTLOAD__CREDENTIALS", str(tmp_path / "env.lake"))
    config = configuration(hotload(str(tmp_path / "arg.lake")))
    assert config.credentials.location == str(tmp_path / "arg.lake")


def test_a_path_object_is_a_location(tmp_path):
    config = configuration(hotload(tmp_path / "x.lake"))
    assert config.credentials.location == str(tmp_path / "x.lake")


def test_a_file_url_is_a_location(tmp_path):
    config = configuration(hotload(f"file://{tmp_path}/x.lake"))
    assert config.credentials.location == str(tmp_path / "x.lake")


def test_a_relative_location_lies_in_the_local_folder(tmp_path):
    config = configuration(hotload("x.lake"))
    assert os.path.realpath(config.credentials.location) == str(tmp_path / "x.lake")


def test_the_default_location_is_named_for_the_pipeline():
    config = configuration(hotload(), pipeline_name="events")
    assert os.path.basename(config.credentials.location) == "events.lake"


def test_one_location_has_one_fingerprint(tmp_path):
    one = configuration(hotload(str(tmp_path / "x.lake")))
    same = configuration(hotload(str(tmp_path / "." / "x.lake")))
    other = configuration(hotload(HotloadCredentials(str(tmp_path / "x.lake"), "other")))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert one.data_location() == same.data_location() != other.data_location()


@pytest.mark.folder
def test_a_database_of_its_own_name(tmp_path, lake):
    pipeline = dlt.pipeline(
        "p",
        destination=hotload(HotloadCredentials(lake, "sales")),
        dataset_name="d",
        pipelines_dir=str(tmp_path / "p"),
    )
    pipeline.run([{"id": 1}], table_name="t")
    assert (tmp_path / "x.lake").is_dir()
    import hotload as core

    with core.open_workspace(lake) as workspace:
        assert workspace.list_databases() == ["sales"]


def test_staging_and_final_dataset_must_differ(lake):
    factory = hotload(lake, staging_dataset_name_layout="d")
    schema = dlt.Schema("s")
    with pytest.raises(ValueError, match="staging dataset name"):
        factory.client(schema, HotloadClientConfiguration()._bind_dataset_name("d"))


@pytest.mark.folder
def test_a_lake_that_was_removed_starts_anew(make_pipeline, lake, query):
    """The process may still have the engine of the old one."""
    make_pipeline(pipelines_dir="one").run([{"id": 1}], table_name="t")
    shutil.rmtree(lake)
    pipeline = make_pipeline(pipelines_dir="two")
    pipeline.run([{"id": 2}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == [(2,)]


@pytest.mark.folder
def test_who_still_uses_a_lake_that_was_removed_writes_nothing(make_pipeline, lake, query):
    first = make_pipeline(pipelines_dir="one")
    first.run([{"id": 1}], table_name="t")
    with first.sql_client() as client:
        shutil.rmtree(lake)
        second = make_pipeline(pipelines_dir="two")
        second.run([{"id": 2}], table_name="t")
        with pytest.raises(DatabaseTransientException, match="changed by another program"):
            client.execute_sql("INSERT INTO t(id) VALUES (3)")
    assert query(second, "SELECT id FROM t") == [(2,)]


@pytest.mark.parametrize("location", ["127.0.0.1:8080", "localhost:8080/", "[::1]:80"])
def test_a_server_without_its_scheme_is_no_folder(tmp_path, location):
    with pytest.raises(ConfigurationValueError, match=f"http://{re.escape(location)}"):
        configuration(hotload(location))
    assert list(tmp_path.iterdir()) == []


def test_a_scheme_may_be_written_in_capitals():
    assert configuration(hotload("HTTP://127.0.0.1:8080")).credentials.is_server


def test_a_database_that_is_not_to_be_made_ends_the_run_at_once(lake, tmp_path):
    destination = hotload(lake, create_database_if_missing=False)
    pipeline = dlt.pipeline("p", destination=destination, pipelines_dir=str(tmp_path / "p"))
    with pytest.raises(PipelineStepFailed, match="no database 'main'") as failed:
        pipeline.run([{"id": 1}], table_name="t")
    assert failed.value.step == "sync"
    assert isinstance(failed.value.exception, DatabaseTerminalException)
    assert not pipeline.has_pending_data
