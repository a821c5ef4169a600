"""The ResNet of an M2FP network in PyTorch, with the checkpoint's own tensors: nothing is folded into anything."""

import torch
import torch.nn.functional as F


class Weights:
    """A checkpoint's tensors by name, and the layers that are nothing but such tensors."""

    def __init__(self, tensors):
        self.tensors = tensors

    def __getitem__(self, name):
        return self.tensors[name]

    def conv(self, x, name, **settings):
        return F.conv2d(x, self[f"{name}.weight"], self.tensors.get(f"{name}.bias"), **settings)

    def linear(self, x, name):
        return F.linear(x, self[f"{name}.weight"], self[f"{name}.bias"])

    def layer_norm(self, x, name):
        weight = self[f"{name}.weight"]
        return F.layer_norm(x, weight.shape, weight, self[f"{name}.bias"], 1e-5)

    def group_norm(self, x, name):
        return F.group_norm(x, 32, self[f"{name}.weight"], self[f"{name}.bias"], 1e-5)

    def conv_norm(self, x, name, **settings):
        """A convolution without a bias, and the batch normalization after it."""
        norm = [self[f"{name}.norm.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(self.conv(x, name, **settings), *norm, training=False, eps=1e-5)


def backbone(w, sizes, image):
    """Maps of the strides 4, 8, 16 and 32 (less if dilated) of an image [1, 3, H, W], by the stages' numbers."""
    x = stem(w, sizes, image)
    maps = {}
    for stage, blocks in zip((2, 3, 4, 5), sizes["blocks"]):
        for block in range(blocks):
            x = bottleneck(w, sizes, x, stage, block)
        maps[stage] = x
    return maps


def stem(w, sizes, x):
    if sizes["stem"] == "deeplab":
        x = F.relu(w.conv_norm(x, "backbone.stem.conv1", stride=2, padding=1))
        x = F.relu(w.conv_norm(x, "backbone.stem.conv2", padding=1))
        x = F.relu(w.conv_norm(x, "backbone.stem.conv3", padding=1))
    else:
        x = F.relu(w.conv_norm(x, "backbone.stem.conv1", stride=2, padding=3))
    return F.max_pool2d(x, 3, stride=2, padding=1)


def bottleneck(w, sizes, x, stage, block):
    name = f"backbone.res{stage}.{block}"
    dilation = {4: sizes["res4Dilation"], 5: sizes["res5Dilation"]}.get(stage, 1)
    stride = 2 if block == 0 and stage > 2 and dilation == 1 else 1
    if stage == 5:
        dilation *= sizes["res5MultiGrid"][block]
    first, second = (stride, 1) if sizes["strideIn1x1"] else (1, stride)
    y = F.relu(w.conv_norm(x, f"{name}.conv1", stride=first))
    spread = {"padding": dilation, "dilation": dilation, "groups": sizes["groups"]}
    y = F.relu(w.conv_norm(y, f"{name}.conv2", stride=second, **spread))
    y = w.conv_norm(y, f"{name}.conv3")
    if f"{name}.shortcut.weight" in w.tensors:
        x = w.conv_norm(x, f"{name}.shortcut", stride=stride)
    return F.relu(x + y)


def sine_positions(height, width, features):
    """Position encoding [2 * features, height, width]: the rows' first, then the columns'."""
    turn = 2 * torch.pi
    y = torch.arange(1, height + 1, dtype=torch.float32) / (height + 1e-6) * turn
    x = torch.arange(1, width + 1, dtype=torch.float32) / (width + 1e-6) * turn
    index = torch.arange(features, dtype=torch.float32)
    scale = 10000 ** (2 * torch.div(index, 2, rounding_mode="floor") / features)

    def waves(positions):
        angles = positions[:, None] / scale
        return torch.stack((angles[:, 0::2].sin(), angles[:, 1::2].cos()), dim=2).flatten(1)

    rows = waves(y)[:, None, :].expand(height, width, features)
    columns = waves(x)[None, :, :].expand(height, width, features)
    return torch.cat((rows, columns), dim=2).permute(2, 0, 1)
