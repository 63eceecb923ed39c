"""JavaScript → values, by its grammar alone. Nothing is evaluated: a literal becomes its value, anything else a
note that it is code. The grammar is tree-sitter's, which is maintained and knows the whole language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from consent.site.mistakes import short

from .errors import NotRead
from .literals import Regex, Unread
from .read import MOST_DEPTH, doubled
from .report import Left, join
from .source import Call, Source

if TYPE_CHECKING:
    from tree_sitter import Node

MISSING = "To read JavaScript, install the import extra: pip install 'consent-ledger[import]'. JSON needs nothing more."
MOST_STEPS = 4_000  # of a hundred operations each: a hundred times what a large configuration takes
_CHUNK = 64 * 1024
TOO_MUCH = "The file holds too much code, or too much that is none. Give the configuration alone, not a bundle."
_GLOBALS = re.compile(r"^(?:window|globalThis|self)\.")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_FUNCTIONS = ("function_expression", "arrow_function", "generator_function", "method_definition", "class")


class Effort:
    """What may be spent on one file, in steps of the parser and not in bytes: it looks for a way out of each error,
    which takes many times as long as to read what is right."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.left = most

    def spent(self, *_: object) -> bool:
        """Whether it is time to stop. Called once a step."""
        self.left -= 1
        return self.left < 0


def parse(text: str, effort: Effort | None = None) -> Source:
    """The values of a script. `effort` is shared by the scripts of one page. Raises NotRead."""
    # A file that is one object would be read as a block of statements, so it is put into parentheses.
    bare = text.lstrip()[:1] in ("{", "[")
    raw = (f"({text.rstrip().removesuffix(';')})" if bare else text).encode()
    root = _tree(raw, effort or Effort())
    if root.has_error:
        line = next((node.start_point[0] + 1 for node in _nodes(root) if node.is_error or node.is_missing), 1)
        raise NotRead(
            f"Line {line} is neither JSON nor JavaScript that we can read. "
            "Give the configuration alone, without template markup or types."
        )
    return _Reader(raw).source(root, bare)


def _tree(raw: bytes, effort: Effort) -> Node:
    try:
        import tree_sitter
        import tree_sitter_javascript
    except ImportError:
        raise NotRead(MISSING) from None
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))
    effort.spent()  # what is short takes none by itself, but a page may hold many
    try:  # told to stop, it raises; and only a source that is called can be stopped
        tree = parser.parse(lambda start, _: raw[start : start + _CHUNK], progress_callback=effort.spent)
    except ValueError:
        tree = None
    if tree is None or effort.left < 0:
        raise NotRead(TOO_MUCH)
    return tree.root_node


def _nodes(root: Node) -> Iterator[Node]:
    """Every node, parents first. A list and not recursion, for code may be nested deep."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


class _Reader:
    """Reads one script."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.left: list[Left] = []
        self.depth = 0
        self.readers: dict[str, Callable[[Node, str], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": lambda node, _: _string(node),
            "template_string": lambda node, _: _template(node),
            "number": lambda node, _: _number(_text(node)),
            "true": lambda *_: True,
            "false": lambda *_: False,
            "null": lambda *_: None,
            "undefined": lambda *_: None,
            "regex": lambda node, _: _regex(node),
            "unary_expression": self._unary,
            "binary_expression": self._binary,
            "parenthesized_expression": lambda node, path: self.value(node.named_children[0], path),
        }

    def source(self, root: Node, bare: bool) -> Source:
        """All that a script calls and assigns, outside of its literals."""
        calls: list[Call] = []
        assigned: dict[str, Any] = {}
        whole: Any = None
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.type in ("object", "array"):
                if whole is None and (bare or (node.parent and node.parent.type == "export_statement")):
                    whole = self.value(node, "")
                continue
            if node.type == "call_expression":
                self._call(node, calls)
            elif node.type in ("assignment_expression", "variable_declarator"):
                self._assign(node, assigned)
            waiting.extend(reversed(node.named_children))
        return Source(whole, tuple(calls), assigned, (), tuple(self.left))

    def brief(self, node: Node) -> str:
        """The beginning of a node's text. A node may be the whole file, so the rest is not copied."""
        raw = self.raw[node.start_byte : min(node.end_byte, node.start_byte + 300)]
        return short(" ".join(raw.decode("utf-8", "replace").split()))

    def value(self, node: Node, path: str) -> Any:
        """The value of a literal, or a note that it is none."""
        if node.type in self.readers:
            self.depth += 1
            if self.depth > MOST_DEPTH:
                raise NotRead(f"Line {node.start_point[0] + 1} is nested too deep. Give the configuration alone.")
            try:
                return self.readers[node.type](node, path)
            finally:
                self.depth -= 1
        if node.type in _FUNCTIONS:
            return Unread("a function")
        if node.type in ("identifier", "shorthand_property_identifier", "member_expression"):
            return Unread(f"the variable “{self.brief(node)}”", _dotted(node))
        return Unread(f"code (“{self.brief(node)}”)")

    def _call(self, node: Node, calls: list[Call]) -> None:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or not (name := _dotted(function)):
            return
        calls.append(Call(name, tuple(self.value(argument, "") for argument in _real(arguments))))

    def _assign(self, node: Node, assigned: dict[str, Any]) -> None:
        left = node.child_by_field_name("left") or node.child_by_field_name("name")
        right = node.child_by_field_name("right") or node.child_by_field_name("value")
        if left is not None and right is not None and (name := _dotted(left)):
            assigned[name] = self.value(right, "")

    def _object(self, node: Node, path: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for child in _real(node):
            key, value = self._member(child, path)
            if key is None:
                continue
            if key in made:
                self.left.append(doubled(key))
            made[key] = value
        return made

    def _member(self, node: Node, path: str) -> tuple[str | None, Any]:
        if node.type == "spread_element":
            why = f"“{self.brief(node)}” brings in keys from elsewhere, and code is never run. Write them out."
            self.left.append(Left(join(path, "…"), why))
            return None, None
        if node.type == "shorthand_property_identifier":
            return _text(node), self.value(node, path)
        name = node.child_by_field_name("key") or node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        key = _key(name) if name is not None else None
        if key is None:
            self.left.append(Left(join(path, self.brief(name or node)), "This key is computed, and code is never run."))
            return None, None
        return key, Unread("a function") if value is None else self.value(value, join(path, key))

    def _array(self, node: Node, path: str) -> list[Any]:
        made: list[Any] = []
        for child in _real(node):
            if child.type == "spread_element":
                self._member(child, path)
            else:
                made.append(self.value(child, join(path, len(made))))
        return made

    def _unary(self, node: Node, path: str) -> Any:
        operator, argument = node.child_by_field_name("operator"), node.child_by_field_name("argument")
        value = self.value(argument, path) if argument is not None else None
        sign = _text(operator) if operator is not None else ""
        if sign == "!" and isinstance(value, bool | int | float):  # minifiers write !0 for true
            return not value
        if sign == "-" and isinstance(value, int | float) and not isinstance(value, bool):
            return -value
        return None if sign == "void" else Unread(f"code (“{self.brief(node)}”)")

    def _binary(self, node: Node, path: str) -> Any:
        parts: list[Any] = []
        while node.type == "binary_expression":  # a + b + c leans to the left
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = node.child_by_field_name("operator")
            if left is None or right is None or operator is None or _text(operator) != "+":
                return Unread(f"code (“{self.brief(node)}”)")
            parts.append(self.value(right, path))
            node = left
        parts.append(self.value(node, path))
        if all(isinstance(part, str) for part in parts):
            return "".join(reversed(parts))
        return Unread("put together from other values")


def _real(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _dotted(node: Node) -> str:
    """`a.b.c` of a chain of names, `window.` left away; `(a.b = …).c` counts as `a.b.c`. "" for anything else."""
    parts: list[str] = []
    here: Node | None = node
    while here is not None:
        if here.type in ("identifier", "shorthand_property_identifier"):
            return _GLOBALS.sub("", ".".join([_text(here), *reversed(parts)]))
        if here.type == "member_expression":
            last = here.child_by_field_name("property")
            parts.append(_text(last) if last is not None else "")
            here = here.child_by_field_name("object")
        elif here.type == "parenthesized_expression" and here.named_children:
            inner = here.named_children[0]
            here = inner.child_by_field_name("left") if inner.type == "assignment_expression" else inner
        else:
            return ""
    return ""


def _key(node: Node) -> str | None:
    if node.type in ("property_identifier", "number"):
        return _text(node)
    if node.type == "string":
        return _string(node)
    if node.type == "computed_property_name" and node.named_children and node.named_children[0].type == "string":
        return _string(node.named_children[0])
    return None


def _string(node: Node) -> str:
    parts = (
        _escaped(_text(child)) if child.type == "escape_sequence" else _text(child) for child in node.children[1:-1]
    )
    # Two escapes may be the halves of one character.
    return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _template(node: Node) -> Any:
    if any(child.type == "template_substitution" for child in node.children):
        return Unread("a template that takes other values")
    return _string(node)


def _escaped(text: str) -> str:
    body = text[1:]
    if body[:1] in ("u", "x") and len(body) > 1:
        code = int(body[1:].strip("{}") or "0", 16)
        return chr(code) if code < 0x110000 else "�"
    if body[:1] in ("\n", "\r", "\u2028", "\u2029"):
        return ""  # the string goes on in the next line
    return _ESCAPES.get(body, body)


def _number(text: str) -> Any:
    plain = text.replace("_", "").rstrip("n")
    try:
        return int(plain, 0) if re.fullmatch(r"0[xXoObB]\w+|[1-9]\d*|0", plain) else float(plain)
    except ValueError:
        return Unread("a number that we cannot read")


def _regex(node: Node) -> Regex:
    pattern, flags = node.child_by_field_name("pattern"), node.child_by_field_name("flags")
    return Regex(_text(pattern) if pattern is not None else "", _text(flags) if flags is not None else "")
