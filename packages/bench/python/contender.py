"""
The Python end of `m2fp bench --against`: one contender a process. It reads requests from standard input, one JSON
object a line, and answers each with one on standard output. See python-process.ts for their fields.
"""

import importlib.metadata
import json
import os
import platform
import sys
import time

PACKAGES = ("numpy", "pillow", "torch", "openvino", "nncf")


class Contender:
    def __init__(self):
        self.engine = None
        self.load_request = None

    def answer(self, request):
        return getattr(self, f"on_{request['type']}")(request)

    def on_probe(self, _request):
        versions = {name: version_of(name) for name in PACKAGES}
        return {"type": "probed", "python": platform.python_version(), "packages": versions}

    def on_quantize(self, request):
        from openvino_engine import quantize

        _photo, _cut, image = prepare(request)
        quantize(request, image)
        return {"type": "quantized"}

    def on_load(self, request):
        start = time.perf_counter()
        if request["engine"] == "openvino":
            from openvino_engine import OpenvinoEngine as Engine
        else:
            from torch_engine import TorchEngine as Engine
        self.engine = Engine(request)
        self.load_request = request
        return {"type": "loaded", "loadMs": since(start), "memory": memory()}

    def on_compare(self, request):
        """How far the outputs are from the given ones: the largest difference, as a share of the range."""
        import numpy as np

        image = np.fromfile(request["input"], dtype="<f4").reshape(1, 3, *self.load_request["padded"])
        outputs = self.engine.numbers(self.engine.run(image))
        differences = []
        for found, file in zip(outputs, (request["logits"], request["masks"])):
            expected = np.fromfile(file, dtype="<f4")
            difference = np.abs(found.astype("<f4").ravel() - expected).max()
            differences.append(float(difference / (expected.max() - expected.min())))
        return {"type": "compared", "logits": differences[0], "masks": differences[1]}

    def on_parse(self, request):
        """The whole path from the JPEG, as far as the engine goes: OpenVINO's ends with the network."""
        start = time.perf_counter()
        photo, cut, image = prepare({**self.load_request, **request})
        decoded = time.perf_counter()
        outputs = self.engine.run(image)
        timings = {"decode": (decoded - start) * 1000, "network": since(decoded)}
        if hasattr(self.engine, "results"):
            begun = time.perf_counter()
            self.engine.results(outputs, cut, photo)
            timings["postprocess"] = since(begun)
        return {"type": "parsed", "timings": timings, "totalMs": since(start), "memory": memory()}


def prepare(request):
    """(height, width) of the photo and of the resized one, and the network's input [1, 3, H, W]."""
    import numpy as np
    from PIL import Image

    with Image.open(request["photo"]) as file:
        photo = file.convert("RGB")
    width, height = request["resized"]
    rgb = np.asarray(photo.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)
    rgb = (rgb - np.array(request["mean"], np.float32)) / np.array(request["std"], np.float32)
    image = np.zeros((1, 3, *request["padded"]), np.float32)
    image[0, :, :height, :width] = rgb.transpose(2, 0, 1)
    return (photo.height, photo.width), (height, width), image


def version_of(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def since(start):
    return (time.perf_counter() - start) * 1000


def memory():
    """Resident memory of this process, bytes: now, and the most so far."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            fields = dict(line.split(":", 1) for line in status)
        # Not getrusage's maximum: it also counts the process that started this one.
        return {"rss": kilobytes(fields["VmRSS"]), "peakRss": kilobytes(fields["VmHWM"])}
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak *= 1 if sys.platform == "darwin" else 1024
        return {"rss": peak, "peakRss": peak}


def kilobytes(field):
    return int(field.split()[0]) * 1024


def main():
    # Libraries print to standard output: answers go to a copy of it that they do not know.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    contender = Contender()
    for line in sys.stdin:
        try:
            reply = contender.answer(json.loads(line))
        except Exception as error:  # Whatever it is, the bench shows it.
            reply = {"type": "failed", "message": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
