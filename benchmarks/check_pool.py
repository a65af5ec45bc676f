"""Rows about numbered items from a few processes, which a hang or a crash costs one row.  Knows no item.

A module of items has `items(source)`, a list that is the same in every process, `row_of(source, position, texts)` and
`lost(source, position, verdict)`; `texts` are the sources whose rows may hold texts.
"""

import contextlib
import importlib
import io
import time
from multiprocessing import connection, get_context

__all__ = ["CRASH", "HANG", "LIMIT", "run"]

LIMIT = 30.0  # seconds for one item; a checker that takes longer has hung
CRASH, HANG = "crash", "no answer in time"


def serve(pipe, module, sources, texts):
    """A worker: rows for the (source, position) pairs that come through the pipe."""
    with contextlib.redirect_stderr(io.StringIO()):
        module = importlib.import_module(module)
        for source in sources:
            module.items(source)
        pipe.send(None)
        while True:
            pipe.send(module.row_of(*pipe.recv(), texts))


class Worker:
    """One process, the task it is at, and since when."""

    def __init__(self, module, sources, texts):
        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, module, sources, texts), daemon=True)
        self.process.start()
        other.close()
        self.task, self.since = None, time.monotonic()

    def give(self, task):
        self.task, self.since = task, time.monotonic()
        self.pipe.send(task)

    def answer(self):
        """The row that has come; None for the word that the process is ready."""
        task, self.task = self.task, None
        return task, self.pipe.recv()

    def end(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


def run(module, tasks, texts=(), workers=2, limit=LIMIT, said=lambda done: None):
    """The rows of (source, position) pairs, in their order; an item without an answer after `limit` seconds loses its process."""
    start = lambda: Worker(module, sorted({source for source, _ in tasks}), texts)
    waiting, rows = list(reversed(tasks)), {}
    team = [start() for _ in range(min(workers, len(tasks)))]
    try:
        while len(rows) < len(tasks):
            ready = connection.wait([w.pipe for w in team], timeout=0.5)
            for k, worker in enumerate(team):
                task, verdict = worker.task, ""
                if worker.pipe in ready:
                    try:
                        done, row = worker.answer()
                        if done is not None:
                            rows[done] = row
                    except (EOFError, OSError):
                        verdict = CRASH
                elif task is not None and time.monotonic() - worker.since > limit:
                    verdict = HANG
                if verdict:
                    if task is None:
                        raise RuntimeError(
                            f"a process died before its first task: import {module}, items({tasks[0][0]!r})"
                        )
                    rows[task] = importlib.import_module(module).lost(*task, verdict)
                    worker.end()
                    team[k] = start()
                elif worker.pipe in ready and waiting:
                    worker.give(waiting.pop())
            said(len(rows))
    finally:
        for worker in team:
            worker.end()
    return [rows[task] for task in tasks]
