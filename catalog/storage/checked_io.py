"""Files as pyiceberg reads and writes them, checked: pyiceberg finds this class by its property ``py-io-impl``.

Pages of Parquet files are verified everywhere. pyiceberg has no setting for that, so the function by which it describes
Parquet to Arrow is replaced, a private one: pyiceberg's version is pinned, and a test fails where it moves.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from pyiceberg.io import pyarrow as _by_arrow
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from pyiceberg.manifest import FileFormat

from catalog.errors import MissingFileError
from catalog.storage.checksums import ON_THIS_MACHINE, check_file
from catalog.storage.sealed import is_metadata, seal, unseal

if TYPE_CHECKING:
    from pyiceberg.io import InputStream, OutputStream


_BY_ARROW: Any = _by_arrow
_format_without_checks = _BY_ARROW._get_file_format  # noqa: SLF001


def _get_file_format(file_format: FileFormat, **settings: Any) -> Any:
    if file_format is FileFormat.PARQUET:
        settings |= {"page_checksum_verification": True}
    return _format_without_checks(file_format, **settings)


_BY_ARROW._get_file_format = _get_file_format  # noqa: SLF001


class CheckedFileIO(PyArrowFileIO):
    """Pyiceberg's own, whose files say which of them is missing or damaged."""

    def new_input(self, location: str) -> PyArrowFile:
        """A file to read."""
        return _checked(super().new_input(location))

    def new_output(self, location: str) -> PyArrowFile:
        """A file to write."""
        return _checked(super().new_output(location))


def _checked(file: PyArrowFile) -> PyArrowFile:
    kind = _LocalFile if file.location.startswith(ON_THIS_MACHINE) else _RemoteFile
    return kind(file.location, file._path, file._filesystem, file._buffer_size)  # noqa: SLF001


class _RemoteFile(PyArrowFile):
    """A file in a store that verifies by itself what it holds."""

    def open(self, seekable: bool = True) -> InputStream:
        try:
            return super().open(seekable)
        except FileNotFoundError as error:
            raise MissingFileError.of(self.location, "is missing") from error


class _LocalFile(_RemoteFile):
    """A file of this machine: metadata carries its SHA-256, and data files are named by theirs."""

    def open(self, seekable: bool = True) -> InputStream:
        if self.location.endswith(".parquet"):
            check_file(self.location)
        if not is_metadata(self.location):
            return super().open(seekable)
        with super().open() as stream:
            return cast("InputStream", BytesIO(unseal(bytes(stream.read()), self.location)))

    def create(self, overwrite: bool = False) -> OutputStream:
        stream = super().create(overwrite)
        return cast("OutputStream", _Sealing(stream, self.location)) if is_metadata(self.location) else stream


class _Sealing(BytesIO):
    """Keeps what is written, and writes it as a whole with its SHA-256 when it is closed."""

    def __init__(self, to: Any, location: str) -> None:
        super().__init__()
        self._to, self._location = to, location

    def close(self) -> None:
        if not self.closed:
            with self._to as to:
                to.write(seal(self.getvalue(), self._location))
        super().close()
