import random
import re

from hypothesis import given
from hypothesis import strategies as st

from tests.articles import SENTENCES
from wartacrawl.language import similarity

WORDS = " ".join(SENTENCES).split()
PINNED = (-4093697423309628453, -263484136047535115)


def text(seed: int, words: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS + [f"kata{n}" for n in range(400)], k=words))


def rewritten(source: str, every: int) -> str:
    return " ".join("ganti" if number % every == every - 1 else word for number, word in enumerate(source.split()))


def test_a_text_with_some_words_replaced_is_found_and_judged_a_duplicate():
    found = 0
    for seed in range(100):
        one, other = text(seed), rewritten(text(seed), 30)
        assert similarity.resemblance(one, other) >= similarity.THRESHOLD
        found += bool(set(similarity.bands(one)) & set(similarity.bands(other)))
    assert found >= 98


def test_other_texts_of_the_same_words_are_no_duplicates():
    texts = [text(seed) for seed in range(60)]
    bands = [set(similarity.bands(one)) for one in texts]
    assert not any(bands[a] & bands[b] for a in range(60) for b in range(a))
    assert max(similarity.resemblance(texts[0], other) for other in texts[1:]) < 0.1


def test_case_and_punctuation_make_no_difference():
    one = text(1)
    assert similarity.bands(one) == similarity.bands(one.upper().replace(" ", ",  "))


def test_bands_stay_the_same_over_processes():
    # The ledger keeps them: a change here means that every ledger has to be rebuilt.
    assert similarity.bands(" ".join(SENTENCES))[:2] == PINNED


def test_words_are_those_that_an_expression_finds_whatever_the_script():
    every = "".join(f"A{chr(code)}b{chr(code)} " for code in range(0x20000) if not 0xD800 <= code < 0xE000)
    assert b" ".join(similarity._words(every)).decode().split() == re.findall(r"\w+", every.casefold())
    assert similarity._words("\ud800Harga\udfff naik") == [b"harga", b"naik"]


@given(st.text(max_size=400))
def test_any_text_has_bands_that_sqlite_can_hold(source):
    found = similarity.bands(source)
    assert len(found) in {0, 14}
    assert all(-(2**63) <= band < 2**63 for band in found)
    assert similarity.resemblance(source, source) in {0.0, 1.0}
