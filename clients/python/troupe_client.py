"""A client of Troupe whose streams go on where they were when a connection or a gateway is lost.

Standard library only, Python 3.9 or later:

    from troupe_client import Client

    client = Client(["http://127.0.0.1:8000", "http://127.0.0.1:8001"])
    for chunk in client.stream("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello"}]}):
        print(chunk["choices"][0]["delta"].get("content", ""), end="", flush=True)
"""

import http.client
import itertools
import json
import math
import random
import secrets
import time
import urllib.parse

_LATER = (429, 502, 503)


class TroupeError(Exception):
    """A request has no answer, or no whole one."""


class Refused(TroupeError):
    """A gateway has answered with an error that another attempt would not change."""

    def __init__(self, status, body):
        try:
            error = json.loads(body).get("error") or {}
        except (ValueError, AttributeError):
            error = {}
        self.status = status
        self.code = error.get("code") or ""
        super().__init__("%d: %s" % (status, error.get("message") or body))

    @property
    def lost(self):
        """Whether every copy of the request is gone; the same body, with its seed, gives the same answer again."""
        return self.status == 404 and self.code == "resume_not_found"


class Client:
    """Asks a cluster by the list of its gateways. Safe for several threads.

    gateways: of one cluster, each as http://HOST:PORT or https://HOST:PORT
    silence_limit: seconds after which a connection that says nothing is given up; a live stream says something twice a second
    deadline: seconds from the call to the last event
    pauses: seconds between attempts, at first and at most
    grace: whole seconds for which the cluster keeps a stream that nobody reads; None: as the server has it
    ssl_context: for https; None: the system's certificates
    """

    def __init__(
        self,
        gateways,
        api_key=None,
        silence_limit=2.0,
        deadline=600.0,
        pauses=(0.05, 1.0),
        grace=None,
        ssl_context=None,
    ):
        if not gateways:
            raise ValueError("gateways is empty, it must name one or more")
        self._gateways = [urllib.parse.urlsplit(each) for each in gateways]
        self._api_key = api_key
        self._silence_limit = silence_limit
        self._deadline = deadline
        self._pauses = pauses
        self._grace = grace
        self._ssl_context = ssl_context
        self._requests = itertools.count()

    def stream(self, path, body):
        """Yields the chunks of a streamed answer, once each and in order, each as a dict.

        Sets `stream`, and a random `seed` where there is none. Raises Refused where a gateway's answer is final, and
        TroupeError at the deadline.
        """
        return self._stream(path, _repeatable(body, True), time.monotonic() + self._deadline)

    def answer(self, path, body):
        """All chunks of a streamed answer; begun anew where every copy of the request has died."""
        repeatable = _repeatable(body, True)
        end = time.monotonic() + self._deadline
        while True:
            try:
                return list(self._stream(path, repeatable, end))
            except Refused as refused:
                if not refused.lost:
                    raise

    def whole(self, path, body):
        """An answer in one piece. Each attempt computes it anew, to the same tokens."""
        attempts = _Attempts(self, path, _repeatable(body, False), None, time.monotonic() + self._deadline)
        while True:
            try:
                with attempts.open(None, self._deadline) as connection:
                    return json.loads(connection.response.read())
            except (OSError, http.client.HTTPException) as broken:
                attempts.pause(broken)

    def _stream(self, path, body, end):
        attempts = _Attempts(self, path, body, secrets.token_hex(16), end)
        last_id, begun = None, False
        while True:
            try:
                with attempts.open(last_id, self._silence_limit) as connection:
                    for event_id, data in connection.events(attempts):
                        if data == "[DONE]":
                            return
                        chunk = json.loads(data)
                        if (chunk.get("error") or {}).get("code") == "draining":
                            raise ConnectionError("the gateway leaves: " + data)
                        if event_id:
                            last_id = event_id
                        begun = True
                        yield chunk
                raise ConnectionError("the stream ended before its end")
            except (OSError, http.client.HTTPException) as broken:
                if begun and not last_id:
                    # Begun again without the id of what was read, an answer would come twice.
                    raise TroupeError("the answer broke off, and its events have no ids: %s" % broken) from broken
                attempts.pause(broken)


class _Attempts:
    """The same POST again and again, each time at the next gateway."""

    def __init__(self, client, path, body, resume_id, end):
        self._client = client
        self._path = path
        self._body = body
        self._end = end
        self._made = next(client._requests)
        self._failures = 0
        self._headers = {"Content-Type": "application/json"}
        if client._api_key:
            self._headers["Authorization"] = "Bearer " + client._api_key
        if resume_id:
            self._headers["X-Troupe-Resume-Id"] = resume_id
            if client._grace is not None:
                self._headers["X-Troupe-Resume-Grace"] = str(math.ceil(client._grace))

    def open(self, last_id, silence_limit):
        gateways = self._client._gateways
        gateway = gateways[self._made % len(gateways)]
        self._made += 1
        headers = dict(self._headers)
        if last_id:
            headers["Last-Event-ID"] = last_id
        limit = max(0.001, min(silence_limit, self._end - time.monotonic()))
        return _Connection(gateway, self._client._ssl_context, limit, self._path, self._body, headers)

    def something_came(self):
        self._failures = 0
        if time.monotonic() > self._end:
            raise TroupeError("the deadline has passed")

    def pause(self, reason):
        """Twice as long each time, less a random part; ends the request at its deadline."""
        first, longest = self._client._pauses
        seconds = min(longest, first * 2 ** min(self._failures, 20)) * random.uniform(0.5, 1)
        self._failures += 1
        if time.monotonic() + seconds > self._end:
            raise TroupeError("the deadline has passed: %s" % reason) from reason
        time.sleep(seconds)


class _Connection:
    """One POST and its answer."""

    def __init__(self, gateway, ssl_context, limit, path, body, headers):
        if gateway.scheme == "https":
            self._http = http.client.HTTPSConnection(gateway.netloc, timeout=limit, context=ssl_context)
        else:
            self._http = http.client.HTTPConnection(gateway.netloc, timeout=limit)
        try:
            self._http.request("POST", gateway.path.rstrip("/") + path, body, headers)
            self.response = self._http.getresponse()
            if self.response.status != 200:
                text = self.response.read(65536).decode("utf-8", "replace")
                if self.response.status in _LATER:
                    raise ConnectionError("%d: %s" % (self.response.status, text))
                raise Refused(self.response.status, text)
        except BaseException:
            self._http.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        # Closes the socket too: the response may be in the middle.
        self.response.close()
        self._http.close()

    def events(self, attempts):
        """Pairs of id and data; an event that breaks off before its empty line is none."""
        event_id, data = "", []
        while True:
            line = self.response.readline()
            if not line.endswith(b"\n"):
                return
            attempts.something_came()
            line = line.decode("utf-8").rstrip("\r\n")
            if not line:
                if data:
                    yield event_id, "\n".join(data)
                event_id, data = "", []
                continue
            field, _, value = line.partition(":")
            if value.startswith(" "):
                value = value[1:]
            if field == "data":
                data.append(value)
            elif field == "id":
                event_id = value


def _repeatable(body, stream):
    """A body that may be sent more than once and has one answer."""
    repeatable = dict(body, stream=stream)
    if repeatable.get("seed") is None:
        repeatable["seed"] = secrets.randbits(63)
    return json.dumps(repeatable).encode("utf-8")
