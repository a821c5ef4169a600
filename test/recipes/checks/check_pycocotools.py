import contextlib, io
from pycocotools.coco import COCO
import results

with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO("out/annotations.json")
count = 0
images = {image["file_name"]: image["id"] for image in coco.imgs.values()}
assert images.keys() == results.photos().keys()
for name, folder in results.photos().items():
    found = {}
    for annotation in coco.imgToAnns[images[name]]:
        mask = coco.annToMask(annotation)
        assert mask.sum() == annotation["area"]
        key = (annotation["category_id"], annotation["person_id"])
        if key[0] == 0:
            continue
        assert key not in found
        found[key] = mask
    count += results.same(found, folder)
assert len(coco.anns) >= count > 0
results.report(count)
