"""Makers of random but sensible input, one file for each system; every module here is found by itself.

A generator is registered by its decorator:

    @generator("watchtime", route="/")
    def heartbeats(random: Random) -> Iterator[Event]:
        while True:
            yield {...}
"""
