"""``--format``: what templates can say, and what is said about those that cannot."""

from typing import Any

import pytest

from mooring.cli.template.parse import parse
from mooring.cli.template.render import render
from mooring.cli.template.token import TemplateError

RUN: dict[str, Any] = {
    "Name": "/db",
    "State": {"Running": True, "ExitCode": 0, "Error": None},
    "Args": ["a", "b"],
    "Ratio": 0.5,
    "Labels": {"team": "blue", "tier": "1"},
    "Label": lambda key: {"team": "blue"}.get(key, ""),
    "Networks": {"app": {"IPAddress": "172.18.0.2"}, "back": {"IPAddress": "172.19.0.2"}},
}


def shown(template: str) -> str:
    return render(parse(template), RUN)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain } text {", "plain } text {"),
        ("{{.Name}}", "/db"),
        ("{{ .Name }}!", "/db!"),
        ("{{.Networks.app.IPAddress}}", "172.18.0.2"),
        ("{{.State.Running}} {{.State.ExitCode}} {{.Ratio}}", "true 0 0.5"),
        ("{{.State.Error}}", "<no value>"),
        ("{{.Args}} {{.Labels}}", "[a b] map[team:blue tier:1]"),
        ("{{$.Name}}", "/db"),
        ("{{/* nothing */}}{{.Name}}", "/db"),
        ("a  {{- .Name -}}  b", "a/dbb"),
    ],
)
def test_fields_are_followed(template: str, text: str) -> None:
    assert shown(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{json .Args}}", '["a","b"]'),
        ("{{json .State}}", '{"Running":true,"ExitCode":0,"Error":null}'),
        ('{{join .Args ", "}}', "a, b"),
        ('{{index .Args 1}} {{index .Networks "app" "IPAddress"}}', "b 172.18.0.2"),
        ("{{upper .Name}} {{lower `ABC`}} {{title `abc`}}", "/DB abc Abc"),
        ("{{len .Args}} {{len .Name}}", "2 3"),
        ('{{eq .Name "/db"}} {{ne .Name "/db"}} {{not .Args}}', "true false false"),
        ("{{and .Name .State.ExitCode}} {{or .State.Error .Name}}", "0 /db"),
        ('{{(index .Networks "app").IPAddress}}', "172.18.0.2"),
        ('{{index (split .Name "/") 1}}', "db"),
        ("{{.Name | upper | json}}", '"/DB"'),
        ('{{.Label "team"}}', "blue"),
        ("{{println .Name 5}}", "/db 5\n"),
        ('{{"a\\tb"}}', "a\tb"),
        ('{{"}}"}}', "}}"),
    ],
)
def test_functions_are_called(template: str, text: str) -> None:
    assert shown(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{range .Args}}<{{.}}>{{end}}", "<a><b>"),
        ("{{range $i, $a := .Args}}{{$i}}={{$a}} {{end}}", "0=a 1=b "),
        (
            "{{range $name, $n := .Networks}}{{$name}}:{{$n.IPAddress}} {{end}}",
            "app:172.18.0.2 back:172.19.0.2 ",
        ),
        ("{{range $n := .Networks}}{{$n.IPAddress}} {{$.Name}};{{end}}", None),
        ("{{range .State.Error}}x{{else}}none{{end}}", "none"),
        ("{{if .State.Running}}up{{else}}down{{end}}", "up"),
        ("{{if .State.ExitCode}}bad{{else if .Name}}named{{else}}?{{end}}", "named"),
        (
            "{{with .State}}{{.ExitCode}}{{end}}{{with .State.Error}}x{{else}}{{.Name}}{{end}}",
            "0/db",
        ),
        ("{{$n := .Name}}{{range .Args}}{{$n}}{{.}} {{end}}", "/dba /dbb "),
        ("{{range .Networks}}{{if eq .IPAddress `172.18.0.2`}}yes{{end}}{{end}}", "yes"),
    ],
)
def test_bodies_are_repeated_and_chosen(template: str, text: str | None) -> None:
    assert shown(template) == (text or "172.18.0.2 /db;172.19.0.2 /db;")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{.Nmae}}", "no field 'Nmae' in .; there are: Name, State, Args"),
        ("{{.Networks.web.X}}", "no field 'web' in .Networks; there are: app, back"),
        ("{{.Name.X}}", "no field 'X' in .Name"),
        ("{{.Name", "'{{.Name' is never closed; end it with }}"),
        ("{{}}", "a value is missing in {{}}"),
        ("{{.Name |}}", "a value is missing"),
        ("{{printf `%s` .Name}}", "no function 'printf'; there are: and, eq, index"),
        ("{{range .Args}}", "'.Args' is never ended; add {{end}}"),
        ("{{if .Name}}a{{else}}b{{else}}c{{end}}", "is never ended"),
        ("{{end}}", "{{end}} ends nothing"),
        ("{{template `x`}}", "{{template}} is not supported; use range, if or with"),
        ("{{range .Name}}x{{end}}", "range takes a list or a map, not '/db'"),
        ("{{range $a, $b, $c := .Args}}{{end}}", "at most a key and a value"),
        ("{{range $a $b := .Args}}{{end}}", "unexpected '$a'"),
        ("{{$x}}", "no variable $x"),
        ("{{join .Args}}", "join does not take 1 such arguments"),
        ("{{join .Name `x`}}", "join takes a list"),
        ("{{index .Args 7}}", "there is nothing at index '7'"),
        ("{{len 5}}", "'5' has no length"),
        ("{{.Name `x`}}", "'/db' takes no arguments"),
        ("{{.Label}}", "a method is used without its argument"),
        ("{{(.Name}}", "a ) is missing"),
        ("{{.Name )}}", "unexpected ')'"),
        ("{{.Name # }}", "unexpected '#'"),
        ("{{" * 60, "is never closed"),
        ("{{if .Name}}" * 60, "more than 50 bodies"),
    ],
)
def test_a_template_that_cannot_be_is_named_with_the_reason(template: str, reason: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        shown(template)
    assert reason in str(refusal.value)
    assert str(refusal.value).startswith("cannot format: ")
