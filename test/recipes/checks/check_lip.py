import json
from pathlib import Path
import numpy as np
from PIL import Image
import results

count = 0
for name, folder in results.photos().items():
    stem = str(Path(name).with_suffix("")).replace("/", "_")
    read = lambda kind: np.array(Image.open(f"lip/{kind}/{stem}.png"))
    assert np.array_equal(read("Category_ids"), results.maps(folder)[0])
    assert np.array_equal(read("Human_ids"), results.maps(folder)[1])
    parts, found = read("Instance_ids"), {}
    for line in Path(f"lip/Instance_ids/{stem}.txt").read_text().splitlines():
        part, category, person = (int(value) for value in line.split())
        found[(category, person)] = parts == part
    count += results.same(found, folder)

scores = json.load(open("eval.json"))
there = {0} | {category for folder in results.photos().values() for category, _ in results.masks(folder)}
for category, iou in enumerate(scores["IoU"]):
    assert (iou > 0.97) if category in there else iou in (0, None), (category, iou)
assert scores["APp"]["0.50"] == 1 and scores["APh"]["0.50"] == 1
results.report(count)
