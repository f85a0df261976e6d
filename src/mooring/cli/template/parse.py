"""Templates from their text. Pure."""

from collections.abc import Iterator
from typing import Final

from mooring.cli.template.node import (
    Call,
    Emit,
    If,
    Literal,
    Node,
    Nodes,
    Operand,
    Path,
    Pipeline,
    Range,
    Text,
)
from mooring.cli.template.token import Piece, TemplateError, Token, pieces, tokens, unquote

_UNKNOWN: Final = frozenset({"block", "break", "continue", "define", "template"})
_CONSTANTS: Final = {"true": True, "false": False, "nil": None}
_NESTING_LIMIT: Final = 50


def parse(source: str) -> Nodes:
    """The nodes of a template, or TemplateError."""
    nodes, ended_by = _Body(pieces(source)).parse(depth=0)
    if ended_by:
        raise TemplateError(f"{{{{{ended_by}}}}} ends nothing")
    return nodes


class _Body:
    """Reads nodes up to the action that ends the body they are in."""

    def __init__(self, source: Iterator[Piece]) -> None:
        self._source = source

    def parse(self, depth: int) -> tuple[Nodes, str]:
        """The nodes, and the action that ended them (``end``, ``else`` …), empty at the end."""
        if depth > _NESTING_LIMIT:
            raise TemplateError(f"more than {_NESTING_LIMIT} bodies in one another")
        nodes: list[Node] = []
        for piece in self._source:
            if not piece.is_action:
                nodes.append(Text(piece.text))
                continue
            word, _, rest = piece.text.partition(" ")
            match word:
                case "end" | "else":
                    return tuple(nodes), piece.text
                case "range":
                    nodes.append(self._range(rest, depth))
                case "if" | "with":
                    nodes.append(self._if(rest, word == "with", depth))
                case _ if word in _UNKNOWN:
                    raise TemplateError(f"{{{{{word}}}}} is not supported", "use range, if or with")
                case _:
                    nodes.append(_emit(piece.text))
        return tuple(nodes), ""

    def _range(self, text: str, depth: int) -> Range:
        stream = _Action(text)
        names = stream.declared()
        if len(names) > 2:
            raise TemplateError("range takes at most a key and a value", "range $k, $v := .X")
        items = stream.whole()
        body, otherwise = self._bodies(text, depth)
        key, value = ("", *names)[-2:] if names else ("", "")
        return Range(key, value, items, body, otherwise)

    def _if(self, text: str, binds: bool, depth: int) -> If:
        condition = _Action(text).whole()
        body, otherwise = self._bodies(text, depth)
        return If(condition, body, otherwise, binds)

    def _bodies(self, opened_by: str, depth: int) -> tuple[Nodes, Nodes]:
        body, ended_by = self.parse(depth + 1)
        otherwise: Nodes = ()
        if ended_by.startswith("else if "):
            return body, (self._if(ended_by.removeprefix("else if "), False, depth + 1),)
        if ended_by == "else":
            otherwise, ended_by = self.parse(depth + 1)
        if ended_by != "end":
            raise TemplateError(f"{opened_by.strip()!r} is never ended", "add {{end}}")
        return body, otherwise


def _emit(text: str) -> Emit:
    stream = _Action(text)
    names = stream.declared()
    if len(names) > 1:
        raise TemplateError(f"{{{{{text}}}}} declares more than one variable")
    return Emit(stream.whole(), names[0] if names else "")


class _Action:
    """Reads an action from its tokens, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._position = 0

    def declared(self) -> list[str]:
        """The variables before ``:=``; none if there is no such sign."""
        sign = next((n for n, token in enumerate(self._tokens) if token.text == ":="), None)
        if sign is None:
            return []
        declared = self._tokens[:sign]
        if [token.kind for token in declared[::2]] != ["variable"] * ((sign + 1) // 2) or any(
            token.text != "," for token in declared[1::2]
        ):
            raise self._unexpected(declared[0] if declared else self._tokens[sign])
        self._position = sign + 1
        return [token.text for token in declared[::2]]

    def whole(self) -> Pipeline:
        """The pipeline that is the rest of the action."""
        pipeline = self._pipeline()
        if (token := self._peek()) is not None:
            raise self._unexpected(token)
        return pipeline

    def _peek(self) -> Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _at(self, text: str) -> bool:
        token = self._peek()
        return token is not None and token.kind == "symbol" and token.text == text

    def _pipeline(self) -> Pipeline:
        calls = [self._call()]
        while self._at("|"):
            self._position += 1
            calls.append(self._call())
        return Pipeline(tuple(calls))

    def _call(self) -> Call:
        token = self._peek()
        if token is None or token.text in ("|", ")"):
            raise TemplateError(f"a value is missing in {{{{{self._text}}}}}")
        target: str | Operand
        if token.kind == "word" and token.text not in _CONSTANTS:
            self._position += 1
            target = token.text
        else:
            target = self._operand()
        arguments: list[Operand] = []
        while (token := self._peek()) is not None and token.text not in ("|", ")"):
            arguments.append(self._operand())
        return Call(target, tuple(arguments))

    def _operand(self) -> Operand:
        token = self._tokens[self._position]
        self._position += 1
        match token.kind:
            case "string":
                return Literal(unquote(token.text))
            case "number":
                return Literal(float(token.text) if "." in token.text else int(token.text))
            case "word" if token.text in _CONSTANTS:
                return Literal(_CONSTANTS[token.text])
            case "word":
                return Call(token.text, ())
            case "variable":
                return Path(token.text, self._fields())
            case "field":
                return Path(None, (token.text[1:], *self._fields()))
            case "symbol" if token.text == ".":
                return Path(None, ())
            case "symbol" if token.text == "(":
                inner = self._pipeline()
                if not self._at(")"):
                    raise TemplateError(f"a ) is missing in {{{{{self._text}}}}}")
                self._position += 1
                fields = self._fields()
                return Path(inner, fields) if fields else inner
        raise self._unexpected(token)

    def _fields(self) -> tuple[str, ...]:
        """The fields written right behind what was read."""
        fields: list[str] = []
        while (token := self._peek()) is not None and token.kind == "field" and not token.spaced:
            fields.append(token.text[1:])
            self._position += 1
        return tuple(fields)

    def _unexpected(self, token: Token) -> TemplateError:
        return TemplateError(f"unexpected {token.text!r} in {{{{{self._text}}}}}")
