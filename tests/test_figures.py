"""The README's five figures are those of docs/performance.md, which one command makes."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def five(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.split("<!-- five -->")[1].split("<!-- /five -->")[0].strip()


def test_the_readme_has_the_figures_that_were_measured() -> None:
    assert five("README.md") == five("docs/performance.md")


def test_five_figures_matter() -> None:
    assert len(five("README.md").splitlines()) == 2 + 5


def test_every_plot_that_a_document_shows_is_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for part in page.read_text(encoding="utf-8").split("](")[1:]:
            name = part.split(")")[0]
            assert not name.endswith(".svg") or (page.parent / name).is_file(), f"{page}: {name}"
