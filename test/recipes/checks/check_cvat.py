import json
from datumaro import Dataset
from check_datumaro import check
import results

labels = json.load(open("labels.json", encoding="utf-8"))
assert [label["name"] for label in labels] == [name for name in results.categories().values() if name != "background"]
assert all({a["name"] for a in label["attributes"]} == {"person_id", "score"} for label in labels)
dataset = Dataset.import_from("cvat", "cvat")
for item in dataset:
    for mask in item.annotations:
        assert mask.group == mask.attributes["person_id"]
results.report(check(dataset))
