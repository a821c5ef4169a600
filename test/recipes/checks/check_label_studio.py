import json
from urllib.parse import unquote
from label_studio_sdk.converter.brush import decode_rle
from label_studio_sdk.label_interface import LabelInterface
from pycocotools.mask import frPyObjects, decode, merge
import results

photos, categories = results.photos(), results.categories()
ids = {name: id for id, name in categories.items()}


def tasks(folder):
    config = LabelInterface(open(f"{folder}/label_config.xml", encoding="utf-8").read())
    for task in json.load(open(f"{folder}/tasks.json", encoding="utf-8")):
        name = unquote(task["data"]["image"]).split(f"{folder}/images/")[1]
        [prediction] = task["predictions"]
        assert config.validate_prediction(prediction, return_errors=True) == []
        yield name, prediction["result"]


def key(region, kind):
    [name], [person] = region["value"][kind], region["meta"]["text"]
    return ids[name], int(person.removeprefix("person "))


def outline(region, height, width):
    points = [value for x, y in region["value"]["points"] for value in (x * width / 100, y * height / 100)]
    return decode(frPyObjects([points], height, width))[:, :, 0]


count = 0
for name, regions in tasks("brush"):
    found = {}
    for region in regions:
        shape = (region["original_height"], region["original_width"], 4)
        found[key(region, "brushlabels")] = decode_rle(region["value"]["rle"]).reshape(shape)[:, :, 3]
    count += results.same(found, photos[name])

for name, regions in tasks("polygons"):
    expected = results.masks(photos[name])
    found = {}
    for region in regions:
        mask = outline(region, region["original_height"], region["original_width"])
        found[key(region, "polygonlabels")] = found.get(key(region, "polygonlabels"), 0) | mask
    assert found.keys() == expected.keys()
    for at, mask in found.items():
        assert (mask >= expected[at]).all()  # only holes are filled

# Label Studio's converter: each annotation is a box, and a polygon for each of its pieces.
coco = json.load(open("coco/annotations.json", encoding="utf-8"))
pieces = {image["file_name"]: [] for image in coco["images"]}
names = {image["id"]: image["file_name"] for image in coco["images"]}
for annotation in coco["annotations"]:
    pieces[names[annotation["image_id"]]] += [annotation["category_id"]] * len(annotation["segmentation"])
for task in json.load(open("tasks.json", encoding="utf-8")):
    name = unquote(task["data"]["image"]).removeprefix("/data/local-files/?d=").lstrip("/")
    regions = [region["value"] for region in task["predictions"][0]["result"]]
    made = [ids[region["polygonlabels"][0]] for region in regions if "polygonlabels" in region]
    assert made == pieces.pop(name), name
assert pieces == {}

corrected = json.load(open("corrected/result.json", encoding="utf-8"))
assert len(corrected["annotations"]) == sum(len(regions) for _, regions in tasks("polygons"))
results.report(count)
