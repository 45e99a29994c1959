"""This module owns how the tests read components without a browser: their words."""


def every_word(component: object) -> str:
    """Every word of a component and of all inside it, in order."""
    inner = getattr(component, "children", component)
    if isinstance(inner, list | tuple):
        return " ".join(every_word(each) for each in inner)
    return "" if inner is None else inner if isinstance(inner, str) else every_word(inner)
