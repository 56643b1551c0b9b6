# SPDX-License-Identifier: Apache-2.0
import gzip
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LossyProxy:
    """Between client and server. The answers of the first `times` requests that are `chosen` are
    lost, or cut in the middle, or these are refused by a status. JSON is compressed for who takes
    that."""

    def __init__(self, server, chosen, times, *, refuse=0, cut=False):
        self.lost = 0
        self.compressed = 0
        self.requests = []
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def hand_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with proxy.lock:
                    proxy.requests.append((self.command, self.path))
                    breaks = chosen(self.command, self.path) and proxy.lost < times
                    proxy.lost += breaks
                if breaks and refuse:
                    self.send_response(refuse)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if breaks and not cut:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                json_body = answer.headers.get_content_type() == "application/json"
                if json_body and "gzip" in self.headers.get("Accept-Encoding", ""):
                    content = gzip.compress(content)
                    self.send_header("Content-Encoding", "gzip")
                    proxy.compressed += 1
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if breaks:
                    content = content[: len(content) // 2]
                    self.close_connection = True
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = hand_on

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
