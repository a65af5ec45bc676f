"""The bundled digits: the published facts about the file, the promises about the split, the messages."""

import hashlib
import zipfile
from importlib.resources import files

import numpy as np
import pytest

from autograd_nn.data import Split, digits

# class distribution of the test part, as the data set's own description gives it
PUBLISHED_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_counts_are_the_published_ones():
    images, labels = digits("all")

    counts = np.bincount(labels)

    assert images.shape == (1797, 64)
    assert PUBLISHED_COUNTS == counts.tolist()


def test_content_is_the_published_one():
    images, labels = digits("all", dtype=np.float64)

    pixels = (16 * images).astype(np.uint8)

    # SHA-256 of the values that scikit-learn 1.9 ships in load_digits(), as uint8 in row-major order
    expected = {
        "images": "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3",
        "labels": "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0",
    }
    assert expected["images"] == hashlib.sha256(pixels.tobytes()).hexdigest()
    assert expected["labels"] == hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, "float32", float])
def test_images_are_sixteenths_in_the_dtype_asked_for(dtype):
    images, labels = digits("all", dtype=dtype)

    sixteenths = np.unique(images)

    assert np.dtype(dtype) == images.dtype
    assert np.int64 == labels.dtype
    assert (np.arange(17) / 16).tolist() == sixteenths.tolist()


def test_default_is_the_pair_train_and_test():
    train, test = digits()

    assert isinstance(train, Split)
    assert isinstance(test, Split)
    for one, other in zip((*train, *test), (*digits("train"), *digits("test"))):
        np.testing.assert_array_equal(one, other)
    assert np.float32 == train.images.dtype


def test_split_is_stratified():
    train, test = digits()

    per_digit = np.bincount(test.labels) / np.bincount(digits("all").labels)

    assert (1438, 359) == (len(train.labels), len(test.labels))
    np.testing.assert_allclose(per_digit, 0.2, atol=0.5 / 174)


def test_every_image_is_in_exactly_one_part_and_order_is_kept():
    everything, train, test = digits("all"), *digits()

    for digit in range(10):
        parts = np.concatenate([part.images[part.labels == digit] for part in (train, test)])
        np.testing.assert_array_equal(everything.images[everything.labels == digit], parts)


def test_changing_the_result_changes_nobody_else():
    images, labels = digits("train")

    images[:], labels[:] = 7, 7

    again = digits("train")
    assert 1.0 == again.images.max()
    assert 0 == again.labels[0]


def test_nearest_training_image_is_as_good_as_the_docstring_says():
    train, test = digits(dtype=np.float64)

    squared = (train.images**2).sum(axis=1) - 2 * test.images @ train.images.T
    accuracy = np.mean(train.labels[squared.argmin(axis=1)] == test.labels)

    assert 0.955 == pytest.approx(accuracy, abs=0.001)


def test_file_is_small_plain_and_comes_with_its_notice():
    folder = files("autograd_nn.data")

    content = folder.joinpath("digits.npz")
    notice = folder.joinpath("NOTICE").read_text(encoding="utf-8")

    assert len(content.read_bytes()) < 100_000
    with content.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        assert ["images.npy", "labels.npy"] == archive.namelist()
        assert {(1980, 1, 1, 0, 0, 0)} == {entry.date_time for entry in archive.infolist()}  # no build time inside
    for needed in ("Alpaydin", "Kaynak", "https://doi.org/10.24432/C50P49", "CC BY 4.0", "Changes:"):
        assert needed in notice


@pytest.mark.parametrize("split", ["Train", "validation", "", 0, ["train"], np.zeros(2)])
def test_unknown_split_is_refused(split):
    with pytest.raises(
        ValueError, match=r"digits: split is .*; expected None, 'train', 'test' or 'all'\. Call digits\(\)"
    ):
        digits(split)


@pytest.mark.parametrize("dtype", [np.int64, bool, complex, "no type", object, None])
def test_dtype_that_is_no_float_type_is_refused(dtype):
    with pytest.raises(TypeError, match=r"digits: dtype is .*; expected a float type\. Pass numpy.float32"):
        digits(dtype=dtype)
