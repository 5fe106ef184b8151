"""Addresses as people write them in a fleet file or on a command line: what cannot be asked is refused, and what is
probably not meant is doubted, each with what to write instead. Pure.

A name is asked as it is written, so nothing is converted in silence: one that is not ASCII is refused with the form
that DNS has of it (RFC 5890).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

import idna

from icwatch.address import Address, parse_address
from icwatch.probing.forbidden import LOOPBACK, reason_to_refuse
from icwatch_cli.fleet.full_width import half_width
from icwatch_cli.fleet.quoting import shown

ADDRESS = "write an address such as 192.168.0.1 or ic-server.example.com"

MAX_ADDRESS = 270
"""Characters: a host name of 253, brackets and a port, and a few blanks."""

FOUR_NUMBERS = "write an IPv4 address as four decimal numbers without zeros in front, such as 192.168.0.1"

ANEW = "type it anew in ASCII, a name of other letters in its xn-- form"

_WITH_LATIN = ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "DIGIT")
"""Scripts whose letters go together with Latin ones in a label; one of another was probably not meant (UTS 39)."""

_LOOKALIKES = str.maketrans("OoIil", "00111")
"""Letters that are taken for digits."""

_FULL_STOPS = str.maketrans("\u3002\uff61", "..")
"""Those of Chinese and Japanese typography, which a name may be typed with (RFC 5895); NFKC keeps them."""

_LOCAL_NAMES = ("localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback")
"""What /etc/hosts commonly calls the loopback interface, beside all that ends in .localhost (RFC 6761, 6.3)."""

_HINTS = (
    (r"[0-9.]+\s*-\s*[0-9.]+(:[0-9]+)?", "write each address of the range as an entry of its own"),
    (r".*[,;\s].*", "write each address as an entry of its own"),
    (r".*/.*", "write single addresses, without a / and what is behind it"),
    (r"[^.]*:.*%.*", "write it without the %, as an address that other machines have a route to"),
    (r"(?!(0|[1-9]\d*)(\.(0|[1-9]\d*)){3}(:|$))([^:]*\.)?(0[xX][0-9a-fA-F]*|[0-9]+)(:[0-9]+)?", FOUR_NUMBERS),
    (r"(?i)(.*\.)?xn--.*", "write the name as your DNS has it"),
)
"""What to write, by what the address looks like."""


class AddressError(ValueError):
    """What was written is no address that can be asked: what is wrong, and what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(wrong, right)
        self.wrong = wrong
        self.right = right

    def __str__(self) -> str:
        return f"{self.wrong}; {self.right}"


def written_address(text: str, right: str = ADDRESS) -> Address:
    """The address that `text` is. Raises AddressError; `right` is what to write where nothing better is known."""
    if "@" in text:
        raise AddressError("has a user name or password before an @, which no probe sends", "write the address alone")
    if len(text.strip()) > MAX_ADDRESS:
        raise AddressError(f"has {len(text.strip())} characters", right)
    if "://" in text:
        raise AddressError(f"{shown(text)} is a URL", "write the address alone; scheme, port and path have fields")
    if odd := next((char for char in text.strip() if not char.isascii()), ""):
        ascii_form = _in_ascii(text)
        instead = f"write {ascii_form}" if ascii_form else _hint(half_width(text).strip()) or ANEW
        raise AddressError(f"{shown(text)} holds {odd!r} (U+{ord(odd):04X}), which is not ASCII", instead)
    try:
        return _asked(text)
    except ValueError as error:
        raise AddressError(str(error), _hint(text.strip()) or right) from error


def _asked(text: str) -> Address:
    """The address that `text` is where it can be asked. Raises ValueError."""
    address = parse_address(text)
    if label := next((each for each in address.host.split(".") if _is_no_label(each)), ""):
        raise ValueError(f"{shown(text)} holds {label}, which is no valid internationalized label")
    if reason := reason_to_refuse(address.host, allow_loopback=True):
        raise ValueError(f"{shown(text)} is {reason}, which is never asked")
    return address


def is_local(host: str) -> bool:
    """Whether a canonical host is the machine itself: a prober that is deployed does not ask it."""
    if host in _LOCAL_NAMES or host.endswith(".localhost"):
        return True
    return (reason_to_refuse(host, allow_loopback=False) or "").endswith(LOOPBACK)


def doubt(host: str) -> tuple[str, str] | None:
    """What is wrong with a canonical host that is a name and nearly an IPv4 address, and what would be right."""
    guess = _ipv4(host.translate(_LOOKALIKES)) or ("" if "." in host else _ipv4(host.replace("-", ".")))
    *others, last = host.split(".")
    numbers = len(others) > 1 and all(map(str.isdigit, others)) and (len(last) == 1 or last[0].isdigit())
    if ":" in host or _ipv4(host) or not (guess or numbers):
        return None
    right = f"did you mean {guess}?" if guess else FOUR_NUMBERS
    return f"{host} is nearly an IPv4 address, and is looked up as a host name", right


def _hint(text: str) -> str:
    """What is probably meant by something that is no address; an empty text where nobody knows."""
    guesses = (text.translate(_LOOKALIKES), text.replace(",", "."), text.rstrip(".,;:"))
    if guess := next((each for each in guesses if each != text and _can_be_asked(each)), ""):
        return f"did you mean {guess}?"
    return next((right for pattern, right in _HINTS if re.fullmatch(pattern, text)), "")


def _ipv4(text: str) -> str:
    """The text itself where it is an IPv4 address."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return ""


def _in_ascii(text: str) -> str:
    """The address in ASCII that is meant by one of other letters; an empty text where there is none."""
    plain = unicodedata.normalize("NFKC", text.strip()).translate(_FULL_STOPS)
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    host, colon, port = plain.partition(":") if plain.count(":") == 1 else (plain, "", "")
    if not host.isascii():
        if any(map(_is_mixed, host.split("."))):
            return ""
        try:
            host = idna.encode(host.lower(), uts46=True).decode("ascii")
        except ValueError:  # of which idna's errors are
            return ""
    return f"{host}{colon}{port}" if _can_be_asked(f"{host}{colon}{port}") else ""


def _is_mixed(label: str) -> bool:
    """Whether a label has letters of ASCII beside those of a script that has look-alikes of them."""
    others = (unicodedata.name(char, "") for char in label if not char.isascii())
    return re.search("[A-Za-z]", label) is not None and not all(name.startswith(_WITH_LATIN) for name in others)


def _can_be_asked(text: str) -> bool:
    try:
        _asked(text)
    except ValueError:
        return False
    return True


def _is_no_label(label: str) -> bool:
    """Whether a label claims to be an internationalized one (RFC 5890, 2.3.2.1) and is none."""
    if not label.startswith("xn--"):
        return False
    try:
        idna.ulabel(label)
    except ValueError:
        return True
    return False
