"""What Duplicati says when something is wrong: lines of its log, and the texts of its exceptions."""

import random

from duplistat.demo.runs import Line, Machine

_CONTROLLER = (
    "\r\n   at Duplicati.Library.Main.Controller.<>c__DisplayClass23_0.<<Backup>b__0>d.MoveNext()"
    "\r\n--- End of stack trace from previous location ---"
    "\r\n   at Duplicati.Library.Main.Controller.RunAction[T](T result, String[] paths, IFilter filter,"
    " Func`3 method)"
)
_FATAL = (
    "System.Net.Sockets.SocketException: No such host is known. (backup.example.net:443)",
    "System.Net.Http.HttpRequestException: Connection refused (backup.example.net:443)",
    "Renci.SshNet.Common.SshAuthenticationException: Permission denied (publickey).",
    "Duplicati.Library.Interface.RemoteListVerificationException: Found 3 files that are missing from the"
    " remote storage, please run repair",
    "System.TimeoutException: The operation has timed out.",
)
FULL = "System.Net.WebException: The remote server returned an error: (507) Insufficient Storage."
NO_SOURCE = (
    "Duplicati.Library.Interface.UserInformationException: Backup aborted since the source path {} does not"
    " exist. Please verify that the source path exists, or remove the source path from the backup"
    " configuration, or set the allow-missing-source option."
)
_FILES = {
    "Windows": ("C:\\Users\\anna\\AppData\\Local\\Temp\\~DF{}.TMP", "D:\\Shares\\Sales\\~$offer-{}.docx"),
    "MacOS": ("/Users/jonas/Library/Caches/index-{}.db", "/Users/jonas/Library/Mail/V10/{}.emlx"),
    "Linux": ("/source/db/pg_wal/{}", "/source/app/sessions/sess_{}"),
}
_ENTRY = "Warning-Duplicati.Library.Main.Operation.Backup.FileBlockProcessor.FileEntry-PathProcessingFailed"
_UNKNOWN = "Warning-Duplicati.Library.Main.Operation.FilelistProcessor-ExtraUnknownFile"
_FILE_ERROR = "Error-Duplicati.Library.Main.Operation.Backup.FileBlockProcessor.FileEntry-PathProcessingError"
_FAILED = "Error-Duplicati.Library.Main.Controller-FailedOperation"
_QUOTA = "Warning-Duplicati.Library.Main.Operation.FilelistProcessor-BackendQuotaNear"


def exception(luck: random.Random, text: str = "") -> str:
    """The whole text of an exception, as .NET prints it."""
    return (text or luck.choice(_FATAL)) + _CONTROLLER


def failed_lines(text: str) -> tuple[Line, ...]:
    return (Line(2, _FAILED, f"The operation Backup has failed\r\n{text}"),)


def no_source(machine: Machine) -> str:
    path = {"Windows": "D:\\Photos\\", "MacOS": "/Volumes/Media/"}.get(machine.system, "/mnt/photos/")
    return NO_SOURCE.format(path)


def warning_lines(luck: random.Random, machine: Machine, seconds: float) -> tuple[Line, ...]:
    """One to six lines about files that could not be read, or that nobody knows."""
    lines = []
    for number in range(luck.randint(1, 6)):
        after = seconds * (number + 1) / 8
        if luck.random() < 0.2:
            stamp = f"{luck.randint(2024, 2026)}12{luck.randint(10, 28)}T203833Z"
            lines.append(Line(after, _UNKNOWN, f"Extra unknown file: duplicati-{stamp}.dlist.zip.aes"))
        else:
            lines.append(Line(after, _ENTRY, f"Failed to process path: {_locked(luck, machine)}"))
    return tuple(lines)


def error_lines(luck: random.Random, machine: Machine, seconds: float) -> tuple[Line, ...]:
    path = _locked(luck, machine)
    return (Line(seconds / 2, _FILE_ERROR, f"Error reported while accessing file: {path}"),)


def quota_lines(free: int, seconds: float) -> tuple[Line, ...]:
    text = f"Backend quota is close to being exceeded: {free // 10**9} GB are free"
    return (Line(seconds - 1, _QUOTA, text),)


def _locked(luck: random.Random, machine: Machine) -> str:
    path = luck.choice(_FILES[machine.system]).format(f"{luck.getrandbits(28):07X}")
    why = "Permission denied"
    if machine.system == "Windows":
        why = "The process cannot access the file because it is being used by another process"
    return f"{path}\r\nSystem.IO.IOException: {why}: '{path}'"
