"""Performance forms: projects with their funds and indicators, and the overall forms."""

from mingzhang.read.forms.fields import Known, KnownProject
from mingzhang.read.forms.reader import Forms, read_forms

__all__ = ["Forms", "Known", "KnownProject", "read_forms"]
