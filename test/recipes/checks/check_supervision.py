from pathlib import Path
import numpy as np
import supervision as sv
import results

dataset = sv.DetectionDataset.from_coco("out", "out/annotations.json")
photos, categories, count = results.photos(), results.categories(), 0
ids = {name: id for id, name in categories.items()}
assert len(dataset) == len(photos)
for path, image, detections in dataset:
    folder = photos[Path(path).resolve().relative_to(Path("out").resolve()).as_posix()]
    expected = results.masks(folder)
    assert image.shape[:2] == results.maps(folder)[0].shape
    found = [
        (ids[dataset.classes[index]], mask)
        for index, mask in zip(detections.class_id, detections.mask if len(detections) else [])
        if dataset.classes[index] != "background"
    ]
    assert len(found) == len(expected)
    for id, mask in found:
        assert any(id == key[0] and np.array_equal(mask, other) for key, other in expected.items()), (path, id)
    count += len(found)

yolo = sv.DetectionDataset.from_yolo("yolo/images", "yolo/labels", "yolo/data.yaml", force_masks=True)
assert len(yolo) == len(photos)
flat = {str(Path(name).with_suffix("")).replace("/", "_"): folder for name, folder in photos.items()}
outlines = differing = pixels = 0
for path, image, detections in yolo:
    expected = results.masks(flat[Path(path).stem])
    assert len(detections) == len(expected)
    for c, mask in zip(detections.class_id, detections.mask if len(detections) else []):
        assert mask.shape == image.shape[:2]
        same_class = [other for key, other in expected.items() if key[0] == ids[yolo.classes[c]]]
        differing += min((mask != other).sum() for other in same_class)
        pixels += mask.sum()
        outlines += 1
assert outlines == count and differing < 0.005 * pixels, (outlines, count, differing, pixels)
results.report(count)
