"""The reference in PyTorch: the network, and what the reference does with its outputs."""

import json

import numpy as np
import torch

from torch_network import Network, resize


class TorchEngine:
    """M2FP for many people, float32, or `bf16`: the same under PyTorch's autocast."""

    def __init__(self, request):
        torch.set_num_threads(request["threads"])
        torch.set_grad_enabled(False)
        self.bf16 = request["dtype"] == "bf16"
        self.person = request["personClassId"]
        self.network = Network(read_tensors(request["weights"]), request["architecture"])

    def run(self, image):
        """image: float32 [1, 3, H, W]. Returns class logits and mask logits: see Network."""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            logits, masks = self.network(torch.from_numpy(image))
        return logits.float(), masks.float()

    def numbers(self, outputs):
        return [x.numpy() for x in outputs]

    def results(self, outputs, cut, photo):
        """
        Masks bool [n, height, width] of the photo, with (class, score) for each, as the reference makes them: all
        masks are resized to the photo's size at once.
        cut, photo: (height, width) of the network's input without its padding, and of the photo.
        """
        logits, masks = outputs
        padded = [side * 4 for side in masks.shape[-2:]]
        masks = resize(masks[None], padded)[..., : cut[0], : cut[1]]
        masks = resize(masks, photo)[0]
        probabilities = logits.softmax(-1)[:, :-1]
        classes = probabilities.shape[1]
        top, pairs = probabilities.flatten().topk(min(100, probabilities.numel()), sorted=False)
        chosen = masks[torch.div(pairs, classes, rounding_mode="floor")]
        shown = chosen > 0
        inside = shown.float()
        quality = (chosen.sigmoid().flatten(1) * inside.flatten(1)).sum(1) / (inside.flatten(1).sum(1) + 1e-6)
        scores, labels = top * quality, pairs % classes
        keep = (labels != 0) & (scores > 0) & ((labels != self.person) | (scores > 0.1))
        keep &= (labels == self.person) | (scores >= 0.1)
        return shown[keep].numpy(), list(zip(labels[keep].tolist(), scores[keep].tolist()))


def read_tensors(path):
    """The tensors of a file in the form of safetensors: float32 only."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            values = np.frombuffer(bytearray(file.read(end - begin)), dtype="<f4")
            tensors[name] = torch.from_numpy(values).reshape(entry["shape"])
        return tensors
