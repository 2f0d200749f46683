"""A slow line between clients and server, for the kill mode.

On loopback a request takes a millisecond, and a kill hardly ever meets one. Here half of the answers are late by up to
DELAY_S, and a cut throws away what is under way in both directions: events that the server has and the client does not
know of (it sends them again), and answers that the client has just got (what they promise must be on the disk). While the
line is down, connections are refused, as they are when a server is gone. Bytes are passed on as they are.
"""
import asyncio, random, threading

DELAY_S = 0.4


class Link:
    """Listens on a loopback port of its own; `port` stays the same from cut to cut."""

    def __init__(self, target_port, seed):
        self.target_port, self.dice, self.port = target_port, random.Random(seed), 0
        self.loop, self.server, self.open = asyncio.new_event_loop(), None, set()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def up(self):
        self.wait(self._listen())

    def cut(self):
        self.wait(self._cut())

    def wait(self, work):
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _listen(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _cut(self):
        self.server.close()
        for writer in list(self.open):
            writer.transport.abort()
        self.open.clear()

    async def _serve(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            return writer.transport.abort()
        self.open |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer, late=False), self._pass(far_reader, writer, late=True))
        self.open -= {writer, far_writer}

    async def _pass(self, reader, writer, late):
        try:
            while data := await reader.read(1 << 16):
                if late and self.dice.random() < 0.5:
                    await asyncio.sleep(self.dice.uniform(0, DELAY_S))
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()
