"""The corpora that these tests share."""

from __future__ import annotations

from tests.training.test_corpus import corpus as corpus
from tests.training.test_corpus import corpus_folder as corpus_folder
from tests.training.test_corpus import recordings as recordings
