from datumaro import Dataset
from datumaro.components.annotation import AnnotationType, Bbox
import results


def check(dataset):
    photos = {folder.relative_to("out").as_posix(): folder for folder in results.photos().values()}
    names = {name: id for id, name in results.categories().items()}
    labels = dataset.categories()[AnnotationType.label]
    count = 0
    assert {item.id for item in dataset} == photos.keys()
    for item in dataset:
        assert item.media.size == results.maps(photos[item.id])[0].shape
        found = {}
        for annotation in item.annotations:
            if isinstance(annotation, Bbox) or labels[annotation.label].name == "background":
                continue
            assert 0 < float(annotation.attributes["score"]) <= 1
            key = (names[labels[annotation.label].name], int(annotation.attributes["person_id"]))
            assert key not in found
            found[key] = annotation.image
        count += results.same(found, photos[item.id])
    return count


if __name__ == "__main__":
    count = check(Dataset.import_from("coco", "coco"))
    assert count == check(Dataset.import_from("split", "datumaro"))
    results.report(count)
