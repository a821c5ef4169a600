"""What a run has found, from the label map and the map of people: the built-in model's masks do not overlap."""
import json
from pathlib import Path
import numpy as np
from PIL import Image


def photos(out="out"):
    """Name of each photo in the data set -> its folder of results."""
    images = json.loads(Path(out, "annotations.json").read_text("utf-8"))["images"]
    assert len(images) == 4
    return {image["file_name"]: Path(out, image["file_name"]).with_suffix("") for image in images}


def categories(out="out"):
    found = json.loads(Path(out, "annotations.json").read_text("utf-8"))["categories"]
    return {category["id"]: category["name"] for category in found}


def maps(folder):
    return np.array(Image.open(folder / "colormap.png")), np.array(Image.open(folder / "instances.png"))


def masks(folder):
    """(class, person) -> mask, height x width."""
    classes, people = maps(folder)
    pairs = {(int(c), int(p)) for c, p in zip(classes.ravel(), people.ravel()) if c != 0}
    return {(c, p): (classes == c) & (people == p) for c, p in pairs}


def same(found, folder):
    """Fails unless `found`, (class, person) -> mask, is what is on the maps. Returns how many masks there are."""
    expected = masks(folder)
    assert found.keys() == expected.keys(), (folder, found.keys() ^ expected.keys())
    for key, mask in found.items():
        assert mask.shape == expected[key].shape and np.array_equal(mask > 0, expected[key]), (folder, key)
    return len(found)


def report(count):
    print(f"{count} masks are the same")
