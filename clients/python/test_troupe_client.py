"""Run with: python3 -m unittest discover -s clients/python"""

import json
import socket
import threading
import time
import unittest

from troupe_client import Client, Refused, TroupeError

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text):
    return "%x\r\n%s\r\n" % (len(text.encode()), text)


def event(number):
    return 'id: %d\ndata: {"chunk": %d}\n\n' % (number, number)


def stream(*texts):
    return HEAD + "".join(chunk(text) for text in texts)


def status(code, body="{}"):
    return "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (code, len(body), body)


class BreakingServer:
    """Answers each connection with the next script: texts to send, and numbers of seconds to wait; then closes it."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self._socket.getsockname()[1]
        self.requests = []
        self._scripts = []
        threading.Thread(target=self._serve, daemon=True).start()

    def then(self, *script):
        self._scripts.append(script)
        return self

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(self._read(connection.makefile("rb")))
                try:
                    for step in self._scripts.pop(0):
                        if isinstance(step, str):
                            connection.sendall(step.encode())
                        else:
                            time.sleep(step)
                except OSError:
                    pass  # the client has given up

    @staticmethod
    def _read(file):
        file.readline()
        headers = {}
        for line in iter(file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return headers, json.loads(file.read(int(headers["content-length"])))

    def close(self):
        self._socket.close()


class TroupeClientTest(unittest.TestCase):
    def setUp(self):
        self.first = BreakingServer()
        self.second = BreakingServer()
        self.addCleanup(self.first.close)
        self.addCleanup(self.second.close)
        self.client = self.patient(50)

    def patient(self, silence_limit):
        return Client([self.first.url, self.second.url], silence_limit=silence_limit)

    def chunks(self, client=None):
        return [each["chunk"] for each in (client or self.client).stream("/v1/completions", {"prompt": "x"})]

    def test_goes_on_at_the_next_gateway_where_the_connection_broke(self):
        self.first.then(stream(event(1), event(2), 'id: 3\ndata: {"ch'))
        self.second.then(stream(": still there\n\n", event(3), "data: [DONE]\n\n"))
        self.assertEqual([1, 2, 3], self.chunks())
        (begun, body), (gone_on, same_body) = self.first.requests[0], self.second.requests[0]
        self.assertEqual(body, same_body)
        self.assertRegex(begun["x-troupe-resume-id"], "^[A-Za-z0-9_.-]{16,128}$")
        self.assertEqual(begun["x-troupe-resume-id"], gone_on["x-troupe-resume-id"])
        self.assertNotIn("last-event-id", begun)
        self.assertEqual("2", gone_on["last-event-id"])

    def test_gives_up_a_connection_that_is_silent(self):
        self.first.then(stream(event(1)), 60)
        self.second.then(stream(event(2), "data: [DONE]\n\n"))
        self.assertEqual([1, 2], self.chunks(self.patient(2)))

    def test_goes_on_elsewhere_where_the_gateway_leaves(self):
        self.first.then(stream(event(1), 'id: 2\ndata: {"error": {"code": "draining"}}\n\n', "data: [DONE]\n\n"))
        self.second.then(stream(event(2), "data: [DONE]\n\n"))
        self.assertEqual([1, 2], self.chunks())
        self.assertEqual("1", self.second.requests[0][0]["last-event-id"])

    def test_stays_with_a_stream_that_has_only_comments(self):
        waiting = [part for _ in range(40) for part in (0.1, chunk(": waiting\n\n"))]
        self.first.then(stream(event(1)), *waiting, chunk(event(2) + "data: [DONE]\n\n"))
        self.assertEqual([1, 2], self.chunks(self.patient(2)))
        self.assertEqual([], self.second.requests)

    def test_asks_again_where_a_gateway_is_full_or_gone(self):
        self.first.then(status(429)).then(stream(event(1), "data: [DONE]\n\n"))
        self.second.close()
        self.assertEqual([1], self.chunks())
        self.assertEqual(2, len(self.first.requests))

    def test_ends_at_a_final_refusal(self):
        self.first.then(status(409, '{"error": {"code": "resume_conflict", "message": "no"}}'))
        with self.assertRaises(Refused) as refused:
            self.chunks()
        self.assertEqual((409, "resume_conflict"), (refused.exception.status, refused.exception.code))

    def test_begins_an_answer_anew_where_every_copy_is_lost(self):
        self.first.then(stream(event(1)))
        self.second.then(status(404, '{"error": {"code": "resume_not_found"}}')).then(
            stream(event(1), event(2), "data: [DONE]\n\n")
        )
        answer = self.client.answer("/v1/completions", {"prompt": "x"})
        self.assertEqual([{"chunk": 1}, {"chunk": 2}], answer)
        self.assertEqual(self.first.requests[0][1], self.second.requests[1][1])

    def test_asks_for_a_whole_answer_again_with_the_same_seed(self):
        self.first.then('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id"')
        self.second.then(status(200, '{"id": 1}'))
        self.assertEqual({"id": 1}, self.client.whole("/v1/completions", {"prompt": "x"}))
        self.assertEqual(self.first.requests[0][1], self.second.requests[0][1])

    def test_keeps_the_seed_that_is_there_and_sends_the_key(self):
        self.first.then(stream("data: [DONE]\n\n"))
        client = Client([self.first.url], api_key="secret", grace=1.5)
        list(client.stream("/v1/completions", {"seed": 5}))
        headers, body = self.first.requests[0]
        self.assertEqual({"seed": 5, "stream": True}, body)
        self.assertEqual("Bearer secret", headers["authorization"])
        self.assertEqual("2", headers["x-troupe-resume-grace"])

    def test_ends_at_the_deadline(self):
        for _ in range(100):
            self.first.then(status(503))
        with self.assertRaises(TroupeError):
            self.chunks(Client([self.first.url], deadline=0.3))


if __name__ == "__main__":
    unittest.main()
