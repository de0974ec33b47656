"""What lets bash and zsh complete the command line, made from the commands' own parsers.

What is completed after an option is said by its metavar: a FILE, a FOLDER, a MODULE, or
else by its choices.
"""

from __future__ import annotations

import contextlib
import io
import re
from argparse import Action, Namespace
from typing import NamedTuple

from callboard.runtime.gateways.cli.catalogue import COMMANDS, PASSED_ON, load
from callboard.runtime.gateways.cli.main import parser_of
from callboard.runtime.gateways.cli.screen import Screen


class Word(NamedTuple):
    """An option or an argument of a command.

    Attributes:
        names: As `-q` and `--quiet`; () for an argument that has none.
        about: What it is, in a few words.
        takes: What follows: "", "FILE", "FOLDER", "MODULE", or any other text.
        choices: All that may follow, where that is known.
    """

    names: tuple[str, ...]
    about: str
    takes: str
    choices: tuple[str, ...]


def words_of() -> dict[str, list[Word]]:
    """What each command takes."""
    return {name: _demo() if name in PASSED_ON else _own(name) for name in COMMANDS}


def bash(commands: dict[str, list[Word]]) -> str:
    """The script for bash, 3.2 or newer."""
    options = "\n".join(_bash_options(name, words) for name, words in commands.items())
    after = "\n".join(
        f"        {place}) {_bash_what(word)} ;;"
        for name, words in commands.items()
        for word in _together(words)
        if word.takes
        for place in ["|".join(f"{name}:{option}" for option in word.names) or f"{name}:"]
    )
    return _BASH.format(names=" ".join(commands), options=options, after=after)


def zsh(commands: dict[str, list[Word]]) -> str:
    """The script for zsh: to be sourced after compinit, or a file _callboard in fpath."""
    listed = "\n".join(f"    {_quoted(f'{name}:{COMMANDS[name]}')}" for name in commands)
    cases = "\n".join(_zsh_case(name, words) for name, words in commands.items())
    return _ZSH.format(listed=listed, cases=cases)


def _own(name: str) -> list[Word]:
    return [_word(action) for action in parser_of(name)._actions]  # noqa: SLF001 - shown nowhere else


def _demo() -> list[Word]:
    """Somebody else's parsers, of which we know what they say of themselves."""
    found = {"": Word((), "", "FILE", ("fleet",))}
    for which in ([], ["fleet"]):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            load("demo").run(Namespace(arguments=[*which, "--help"]), Screen.of_process())
        for option in _OPTION.finditer(said.getvalue()):
            word = Word((option["name"],), option["about"] or "", option["takes"] or "", ())
            found.setdefault(option["name"], word)
    return list(found.values())


def _word(action: Action) -> Word:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    takes = "" if action.nargs == 0 else (metavar or action.dest).partition("[")[0]
    choices = tuple(map(str, action.choices or ()))
    return Word(tuple(action.option_strings), action.help or "", takes, choices)


def _together(words: list[Word]) -> list[Word]:
    """With one word for all arguments without a name: bash is not told which one it is."""
    unnamed = [word for word in words if not word.names]
    choices = tuple(choice for word in unnamed for choice in word.choices)
    kinds = [word.takes for word in unnamed if _kind(word) in _KINDS]
    takes = (kinds or [word.takes for word in unnamed])[:1]
    named = [word for word in words if word.names]
    return [*named, *(Word((), "", kind, choices) for kind in takes)]


def _bash_what(word: Word) -> str:
    function = _BASH_FUNCTIONS.get(_kind(word), "_callboard_words" if word.choices else ":")
    return " ".join([function, *word.choices])


def _bash_options(name: str, words: list[Word]) -> str:
    options = " ".join(option for word in words for option in word.names)
    return f"        {name}) _callboard_words {options} ;;"


def _zsh_case(name: str, words: list[Word]) -> str:
    unnamed = [word for word in words if not word.names]
    places = {id(word): str(place) for place, word in enumerate(unnamed, 1)}
    if unnamed:
        places[id(unnamed[-1])] = "*"
    said = (_zsh_spec(word, places.get(id(word), "")) for word in words)
    specs = " \\\n            ".join(said)
    return f"        {name})\n          _arguments \\\n            {specs} ;;"


def _zsh_spec(word: Word, place: str) -> str:
    what = ""
    if word.choices and word.takes in _KINDS:
        what = f"{{compadd {' '.join(word.choices)}; {_KINDS[word.takes]}}}"
    elif word.choices:
        what = f"({' '.join(word.choices)})"
    elif word.takes:
        what = _KINDS.get(_kind(word), " ")
    about = word.about.translate({ord(c): f"\\{c}" for c in "[]:"})
    if not word.names:
        # An empty list where nothing is known: a message would keep options from completion.
        return _quoted(f"{place}:{word.takes}:{what.strip() or '()'}")
    if not word.takes:
        return " ".join(_quoted(f"*{name}[{about}]") for name in word.names)
    return " ".join(_quoted(f"*{name}=[{about}]:{word.takes}:{what}") for name in word.names)


def _kind(word: Word) -> str:
    """FILE of FILE.csv."""
    return word.takes.partition(".")[0]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_KINDS = {"FILE": "_files", "FOLDER": "_files -/", "MODULE": '_files -g "*.py(-.)"'}

_BASH_FUNCTIONS = {
    "FILE": "_callboard_files",
    "FOLDER": "_callboard_folders",
    "MODULE": "_callboard_modules",
}

_OPTION = re.compile(
    r"^  (?:-\w, )?(?P<name>--[\w-]+)(?: (?P<takes>[A-Z][\w.]*))?(?:  +(?P<about>.+))?$",
    re.MULTILINE,
)

_BASH = """\
# bash completion for callboard; made by: callboard completion bash
_callboard_words() {{
    local IFS=$' \\t\\n'
    COMPREPLY=( $(compgen -W "$*" -- "$current") )
}}
_callboard_files() {{
    local IFS=$'\\n'
    COMPREPLY=( $(compgen -W "$*" -- "$current"; compgen -f -- "$current") )
    compopt -o filenames 2>/dev/null
}}
_callboard_folders() {{
    local IFS=$'\\n'
    COMPREPLY=( $(compgen -W "$*" -- "$current"; compgen -d -- "$current") )
    compopt -o filenames 2>/dev/null
}}
_callboard_modules() {{
    local IFS=$'\\n'
    COMPREPLY=( $(compgen -f -X '!*.py' -- "$current"; compgen -d -- "$current") )
    compopt -o filenames 2>/dev/null
}}
_callboard_options() {{
    case $1 in
{options}
    esac
}}
_callboard_values() {{
    case $1 in
{after}
        *) return 1 ;;
    esac
}}
_callboard() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local command=${{COMP_WORDS[1]}}
    COMPREPLY=()
    # --option=value is three words here.
    if [[ $current == "=" ]]; then
        current=""
    elif [[ $before == "=" ]]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    if [[ $COMP_CWORD == 1 ]]; then
        _callboard_words {names} --help --version
    elif [[ $current == -* ]]; then
        _callboard_options "$command"
    else
        _callboard_values "$command:$before" || _callboard_values "$command:"
    fi
    return 0
}}
complete -F _callboard callboard
"""

_ZSH = """\
#compdef callboard
# zsh completion for callboard; made by: callboard completion zsh
_callboard() {{
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
{listed}
  )
  _arguments -C \\
    '(- *)--help[say what there is]' '(- *)--version[say which version this is]' \\
    '1:command:->command' '*::argument:->arguments'
  case $state in
    command) _describe command commands ;;
    arguments)
      case $words[1] in
{cases}
      esac ;;
  esac
}}
if [[ $funcstack[1] == _callboard ]]; then
  _callboard "$@"
else
  compdef _callboard callboard
fi
"""
