"""What a page of the reference may ask for: its tables, and the calls of a runtime."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from docs import tables


class _Table(SphinxDirective):
    """Puts a table where it stands."""

    def markdown(self) -> str:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(self.markdown())


class Errors(_Table):
    """The tree of errors."""

    def markdown(self) -> str:
        """The table."""
        head = ["error", "carries", "fault", "try again", "meaning"]
        return tables.markdown(head, tables.error_rows())


class Facts(_Table):
    """All facts."""

    def markdown(self) -> str:
        """The table."""
        head = ["fact", "carries", "level", "durable", "meaning"]
        return tables.markdown(head, tables.fact_rows())


class Notices(_Table):
    """All notices."""

    def markdown(self) -> str:
        """The table."""
        head = ["notice", "carries", "level", "meaning"]
        return tables.markdown(head, tables.notice_rows())


class Commands(SphinxDirective):
    """What each command of the command line says of itself."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        sections = (f"## {name}\n```text\n{said}\n```\n" for name, said in tables.helps())
        return self.parse_text_to_nodes("\n".join(sections), allow_section_headings=True)


class RuntimeCalls(SphinxDirective):
    """The calls of `Runtime` that one of its parts defines, as calls of `Runtime`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """What autodoc says of each."""
        calls = tables.calls(self.arguments[0])
        return self.parse_text_to_nodes(
            "\n\n".join(f".. auto{kind}:: callboard.Runtime.{name}" for name, kind in calls)
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Tell Sphinx of them."""
    app.add_directive("errors", Errors)
    app.add_directive("facts", Facts)
    app.add_directive("notices", Notices)
    app.add_directive("commands", Commands)
    app.add_directive("runtime-calls", RuntimeCalls)
    return {"parallel_read_safe": True}
