"""
The M2FP network (arXiv 2301.00394) in plain PyTorch: what its authors' code computes on a CPU, where deformable
attention is `grid_sample`, and each of the heads computes masks of the full size. Float32, or under autocast.
"""

import torch
import torch.nn.functional as F

from torch_backbone import Weights, backbone, sine_positions

PIXELS = "sem_seg_head.pixel_decoder"
QUERIES = "sem_seg_head.predictor"


class Network:
    def __init__(self, tensors, architecture):
        """
        tensors: the checkpoint's, by name.
        architecture: as a bundle's manifest has it.
        """
        self.w = Weights(tensors)
        self.architecture = architecture

    def __call__(self, image):
        """
        image: [1, 3, H, W], normalized, its sides multiples of 32.
        Returns the class logits [queries, classes + 1] and the mask logits [queries, H / 4, W / 4].
        """
        maps = backbone(self.w, self.architecture["backbone"], image)
        features, mask_features = self.pixel_decoder(maps)
        logits, masks = self.decoder(features, mask_features)
        return logits[0], masks[0]

    def pixel_decoder(self, maps):
        w, sizes = self.w, self.architecture["pixelDecoder"]
        sources, positions = [], []
        for level, stage in enumerate((5, 4, 3)):
            x = w.conv(maps[stage], f"{PIXELS}.input_proj.{level}.0")
            sources.append(w.group_norm(x, f"{PIXELS}.input_proj.{level}.1"))
            place = sine_positions(*x.shape[-2:], sizes["width"] // 2)
            positions.append(place + w[f"{PIXELS}.transformer.level_embed"][level][:, None, None])
        shapes = [tuple(x.shape[-2:]) for x in sources]
        tokens = torch.cat([x.flatten(2).transpose(1, 2) for x in sources], dim=1)
        position = torch.cat([x[None].flatten(2).transpose(1, 2) for x in positions], dim=1)
        references = torch.cat([cell_centers(*shape) for shape in shapes])
        for layer in range(sizes["layers"]):
            name = f"{PIXELS}.transformer.encoder.layers.{layer}"
            attended = self.deformable_attention(tokens + position, tokens, references, shapes, f"{name}.self_attn")
            tokens = w.layer_norm(tokens + attended, f"{name}.norm1")
            hidden = F.relu(w.linear(tokens, f"{name}.linear1"))
            tokens = w.layer_norm(tokens + w.linear(hidden, f"{name}.linear2"), f"{name}.norm2")
        parts = tokens.split([height * width for height, width in shapes], dim=1)
        outputs = [x.transpose(1, 2).unflatten(2, shape) for x, shape in zip(parts, shapes)]
        fine = w.conv(maps[2], f"{PIXELS}.adapter_1")
        fine = w.group_norm(fine, f"{PIXELS}.adapter_1.norm") + resize(outputs[2], maps[2].shape[-2:])
        fine = w.conv(fine, f"{PIXELS}.layer_1", padding=1)
        fine = F.relu(w.group_norm(fine, f"{PIXELS}.layer_1.norm"))
        return outputs, w.conv(fine, f"{PIXELS}.mask_features")

    def deformable_attention(self, query, source, references, shapes, name):
        """
        As in Deformable DETR (arXiv 2010.04159).
        query, source: [1, tokens, width]; references: [tokens, 2], x, y.
        """
        w, heads, points = self.w, self.architecture["pixelDecoder"]["heads"], 4
        count = query.shape[1]
        values = w.linear(source, f"{name}.value_proj")
        values = values.split([height * width for height, width in shapes], dim=1)
        offsets = w.linear(query, f"{name}.sampling_offsets").view(count, heads, len(shapes), points, 2)
        weights = w.linear(query, f"{name}.attention_weights").view(count, heads, len(shapes) * points)
        weights = weights.softmax(-1).transpose(0, 1)[:, None]
        sampled = []
        for level, (height, width) in enumerate(shapes):
            value = values[level][0].T.reshape(heads, -1, height, width)
            size = torch.tensor([width, height], dtype=offsets.dtype)
            places = references[:, None, None] + offsets[:, :, level] / size
            grid = (2 * places - 1).transpose(0, 1)
            sampled.append(F.grid_sample(value, grid.to(value.dtype), padding_mode="zeros", align_corners=False))
        summed = (torch.cat(sampled, dim=-1) * weights).sum(-1)
        return w.linear(summed.flatten(0, 1).T[None], f"{name}.output_proj")

    def decoder(self, features, mask_features):
        w, sizes = self.w, self.architecture["decoder"]
        memories, positions, shapes = [], [], []
        for level, x in enumerate(features):
            if sizes["projectsInput"]:
                x = w.conv(x, f"{QUERIES}.input_proj.{level}")
            shapes.append(tuple(x.shape[-2:]))
            memories.append(x.flatten(2).transpose(1, 2) + w[f"{QUERIES}.level_embed.weight"][level])
            positions.append(sine_positions(*shapes[-1], sizes["width"] // 2)[None].flatten(2).transpose(1, 2))
        state, place = w[f"{QUERIES}.query_feat.weight"][None], w[f"{QUERIES}.query_embed.weight"][None]
        logits, masks = self.heads(state, mask_features)
        for layer in range(sizes["layers"]):
            level = layer % 3
            blocked = resize(masks, shapes[level]).flatten(2) < 0
            blocked &= ~blocked.all(-1, keepdim=True)
            memory = memories[level]
            name = f"{QUERIES}.transformer_cross_attention_layers.{layer}"
            found = self.attention(state + place, memory + positions[level], memory, f"{name}.multihead_attn", ~blocked)
            state = w.layer_norm(state + found, f"{name}.norm")
            name = f"{QUERIES}.transformer_self_attention_layers.{layer}"
            found = self.attention(state + place, state + place, state, f"{name}.self_attn")
            state = w.layer_norm(state + found, f"{name}.norm")
            name = f"{QUERIES}.transformer_ffn_layers.{layer}"
            hidden = F.relu(w.linear(state, f"{name}.linear1"))
            state = w.layer_norm(state + w.linear(hidden, f"{name}.linear2"), f"{name}.norm")
            logits, masks = self.heads(state, mask_features)
        return logits, masks

    def attention(self, query, key, value, name, allowed=None):
        w, heads = self.w, self.architecture["decoder"]["heads"]
        parts = zip(
            (query, key, value), w[f"{name}.in_proj_weight"].chunk(3), w[f"{name}.in_proj_bias"].chunk(3), strict=True
        )
        q, k, v = (F.linear(x, a, b).unflatten(2, (heads, -1)).transpose(1, 2) for x, a, b in parts)
        mask = None if allowed is None else allowed[:, None]
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return w.linear(found.transpose(1, 2).flatten(2), f"{name}.out_proj")

    def heads(self, state, mask_features):
        w = self.w
        normed = w.layer_norm(state, f"{QUERIES}.decoder_norm")
        embedding = normed
        for layer in range(3):
            embedding = w.linear(embedding, f"{QUERIES}.mask_embed.layers.{layer}")
            embedding = F.relu(embedding) if layer < 2 else embedding
        masks = torch.einsum("bqc,bchw->bqhw", embedding, mask_features)
        return w.linear(normed, f"{QUERIES}.class_embed"), masks


def resize(x, size):
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)


def cell_centers(height, width):
    """[height * width, 2]: x, y in 0..1 of each cell of a map, row by row."""
    y = (torch.arange(height, dtype=torch.float32) + 0.5) / height
    x = (torch.arange(width, dtype=torch.float32) + 0.5) / width
    return torch.stack((x.repeat(height), y.repeat_interleave(width)), dim=1)
