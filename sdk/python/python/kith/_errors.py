"""What can go wrong."""

from __future__ import annotations


class KithError(ValueError):
    """What was asked for can not be done; the text says why, and how to mend it.

    Attributes:
        code: A stable code such as ``K-DEDUPE-NOTHING``, listed in Kith's reference of errors.
        message: What is wrong.
        help: How to mend it.
    """

    code: str
    message: str
    help: str

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(code, message, help)
        self.code, self.message, self.help = code, message, help

    def __str__(self) -> str:
        return f"{self.code}: {self.message}. {self.help}"
