"""GoogleSQL's local service, as WebAssembly: requests and responses are protocol buffers."""

import ctypes
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import tzdata
import wasmtime
from google._upb import _message
from google.protobuf.message import Message
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import (
    RegisterCatalogRequest,
    RegisterResponse,
    UnregisterRequest,
)

from tests.googlesql import claims

# A resolved statement nests deeper than the hundred levels that are read of a message by default.
_message.SetAllowOversizeProtos(True)

_Response = TypeVar("_Response", bound=Message)
_SIZE_BYTES = 4
# Answers up to so many bytes are kept.
_KEPT_BYTES = 1_000_000
# So many catalogs, with their rows, are not read anew.
_CATALOGS = 16
# What depends on more than the question.
_OF_THE_MOMENT = re.compile(r"current_(date|time)|rand\(|generate_uuid", re.IGNORECASE)
# What has no rows has the same ones each time; so dbt asks for the columns of each model.
_OF_NO_ROWS = re.compile(r"\blimit 0\s*$", re.IGNORECASE)


def is_of_the_moment(sql: str) -> bool:
    """Tell whether a query's result is another one each time that it is run."""
    return _OF_THE_MOMENT.search(sql) is not None and _OF_NO_ROWS.search(sql) is None


class ServiceError(Exception):
    """What GoogleSQL says is wrong, in its own words."""


class Service:
    """The service, for several threads: each call has an instance to itself.

    The package's own client does the same, a byte at a time in Python; and it compiles the module
    at each start, for many seconds.
    """

    def __init__(self, cache: Path) -> None:
        """Start the service; the folder keeps the compiled module for the next time."""
        config = wasmtime.Config()
        config.shared_memory = True
        self._engine = wasmtime.Engine(config)
        self._module = _compiled(self._engine, cache)
        self._idle: list[_Instance] = []
        self._answers: dict[bytes, bytes] = {}

    def call(
        self,
        method: str,
        request: Any,
        response: type[_Response],
        catalog: RegisterCatalogRequest | None = None,
        is_about_rows: bool = True,
    ) -> _Response:
        """Call a method of the service, about a catalog if one is given; raises ServiceError.

        The same question about the same rows, or about none, has the same answer, which is kept: a
        build asks most of what the build before asked.
        """
        about = catalog.SerializeToString(deterministic=True) if catalog is not None else b""
        named = hashlib.blake2b(about).digest()
        content = request.SerializeToString()
        judged = named
        if catalog is not None and not is_about_rows:
            judged = catalog.simple_catalog.SerializeToString(deterministic=True)
        question = hashlib.blake2b(judged + content, key=method.encode()).digest()
        answer = self._answers.get(question)
        if answer is None:
            with self._instance() as instance:
                if catalog is not None:
                    request.registered_catalog_id = instance.registered(named, about)
                    content = request.SerializeToString()
                answer = instance.call(method, content)
            is_lasting = method != "EvaluateQuery" or not is_of_the_moment(request.sql)
            if len(answer) <= _KEPT_BYTES and is_lasting:
                self._answers[question] = answer
        return response.FromString(answer)

    @contextmanager
    def _instance(self) -> Iterator["_Instance"]:
        """Give the instance that was used last of those that are idle, or a new one."""
        try:
            instance = self._idle.pop()
        except IndexError:
            instance = _Instance(self._engine, self._module)
        try:
            yield instance
        finally:
            self._idle.append(instance)


class _Instance:
    """One instance, with memory of its own; not for two threads at once."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        self._store = wasmtime.Store(engine)
        wasi = wasmtime.WasiConfig()
        wasi.preopen_dir(str(Path(tzdata.__file__).with_name("zoneinfo")), "/usr/share/zoneinfo")
        self._store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        instance = linker.instantiate(self._store, module)
        self._exports = instance.exports(self._store)
        self._exports["_initialize"](self._store)
        # By content, the one that was asked about last at the end.
        self._catalogs: dict[bytes, int] = {}

    def registered(self, name: bytes, catalog: bytes) -> int:
        """Register a catalog, if it is none of the last: each gets all of GoogleSQL's functions."""
        number = self._catalogs.pop(name, None)
        if number is None:
            answer = self.call("RegisterCatalog", catalog)
            number = RegisterResponse.FromString(answer).registered_id
        self._catalogs[name] = number
        if len(self._catalogs) > _CATALOGS:
            oldest = self._catalogs.pop(next(iter(self._catalogs)))
            request = UnregisterRequest(registered_id=oldest)
            self.call("UnregisterCatalog", request.SerializeToString())
        return number

    def call(self, method: str, content: bytes) -> bytes:
        """Call a method with a serialized request; raises ServiceError."""
        given = self._run("wasm_malloc", len(content) or 1)
        size = self._run("wasm_malloc", _SIZE_BYTES)
        ctypes.memmove(self._address(given), content, len(content))
        answered = self._run(f"ZetaSqlLocalService_{method}", given, len(content), size)
        try:
            if not answered:
                length = self._run("wasm_get_last_error_size")
                said = ctypes.string_at(self._address(self._run("wasm_get_last_error")), length)
                raise ServiceError(said.decode("utf-8", "replace"))
            length = int.from_bytes(ctypes.string_at(self._address(size), _SIZE_BYTES), "little")
            return ctypes.string_at(self._address(answered), length)
        finally:
            for pointer in filter(None, (given, size, answered)):
                self._run("wasm_free", pointer)

    def _run(self, function: str, *arguments: int) -> int:
        result: int = self._exports[function](self._store, *arguments)
        return result

    def _address(self, pointer: int) -> int:
        # The memory may have moved since the last call.
        return ctypes.addressof(self._exports["memory"].data_ptr().contents) + pointer


def _compiled(engine: wasmtime.Engine, cache: Path) -> wasmtime.Module:
    wasm = Path(get_wasm_path()).read_bytes()
    made = version("wasmtime").encode() + Path(claims.__file__).read_bytes()
    key = hashlib.sha256(made + wasm).hexdigest()[:16]
    compiled = cache / f"googlesql-{key}.cwasm"
    if not compiled.exists():
        cache.mkdir(parents=True, exist_ok=True)
        content = wasmtime.Module(engine, claims.without_claims(wasm)).serialize()
        handle, aside = tempfile.mkstemp(dir=cache)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(aside).replace(compiled)
    return wasmtime.Module.deserialize_file(engine, str(compiled))
