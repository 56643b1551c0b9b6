# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 proxy over TLS before a server, which does harm to the requests that are chosen."""

import collections
import contextlib
import socketserver
import ssl
import threading
from http.client import HTTPConnection

import h2.config
import h2.connection
import h2.events
from h2.errors import ErrorCodes

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding")


class Stop(Exception):
    """The connection ends without a word."""


class Http2Proxy:
    """`chosen`: a name for a request that suffers `harm`, as do the first `times` of a name:
    refused    the stream is refused, the server is not asked
    sent away  GOAWAY: the server is not asked, and the connection ends
    reset      the server has done it, the stream is reset in place of an answer
    hung up    the server has done it, the connection ends
    cut        the stream is reset in the middle of the answer
    broken off the connection ends in the middle of the answer"""

    def __init__(self, server, certificate, *, chosen=lambda *_: None, times=1, harm="refused"):
        self.server = server
        self.chosen = chosen
        self.times = times
        self.harm = harm
        self.harmed = collections.Counter()
        self.requests = []
        self.lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        context.set_alpn_protocols(["h2"])
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, Stop):
                    tls = context.wrap_socket(self.request, server_side=True)
                    Connection(proxy, tls).serve()

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.listener.serve_forever)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.listener.server_address[1]}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown()
        self.thread.join()
        self.listener.server_close()

    def harm_of(self, method, path):
        with self.lock:
            self.requests.append((method, path))
            name = self.chosen(method, path)
            if name is None or self.harmed[name] == self.times:
                return ""
            self.harmed[name] += 1
            return self.harm

    def ask(self, headers, body):
        """(headers, body) of the server's answer."""
        sent = {name: text for name, text in headers.items() if not name.startswith(":")}
        sent.update({"host": headers[":authority"], "x-forwarded-proto": "https"})
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(headers[":method"], headers[":path"], body, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        told = [(name.lower(), text) for name, text in answer.getheaders()]
        kept = [(name, text) for name, text in told if name not in HOP_BY_HOP]
        return [(":status", str(answer.status)), *kept], content


class Connection:
    """One of a client's."""

    def __init__(self, proxy, tls):
        self.proxy = proxy
        self.tls = tls
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config)
        self.requests = {}  # by stream: headers and body
        self.unsent = {}  # by stream: bytes that wait for the client's window, and the harm after

    def wait_for_the_end(self):
        """What is closed with bytes unread is reset, and the peer may never read what was said."""
        self.tls.settimeout(2)
        with contextlib.suppress(OSError):
            while self.tls.recv(65536):
                pass

    def serve(self):
        self.h2.initiate_connection()
        self.flush()
        while data := self.tls.recv(1 << 16):
            for event in self.h2.receive_data(data):
                self.take(event)
            for stream in list(self.unsent):
                self.send(stream)
            self.flush()

    def flush(self):
        self.tls.sendall(self.h2.data_to_send())

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.requests[event.stream_id] = (dict(event.headers), bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id][1].extend(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.answer(event.stream_id, *self.requests.pop(event.stream_id))
        elif isinstance(event, h2.events.StreamReset):
            self.unsent.pop(event.stream_id, None)

    def answer(self, stream, headers, body):
        harm = self.proxy.harm_of(headers[":method"], headers[":path"])
        if harm == "refused":
            self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
            return
        if harm == "sent away":
            self.h2.close_connection(last_stream_id=0)
            self.flush()
            self.wait_for_the_end()
            raise Stop
        told, content = self.proxy.ask(headers, bytes(body))
        if harm == "reset":
            self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
            return
        if harm == "hung up":
            raise Stop
        self.h2.send_headers(stream, told)
        if harm:
            content = content[: len(content) // 2]
        self.unsent[stream] = (content, harm)

    def send(self, stream):
        content, harm = self.unsent.pop(stream)
        while content:
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if size <= 0:
                self.unsent[stream] = (content, harm)
                return
            self.h2.send_data(stream, content[:size])
            content = content[size:]
        if harm == "cut":
            self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        elif harm == "broken off":
            self.flush()
            raise Stop
        else:
            self.h2.end_stream(stream)
