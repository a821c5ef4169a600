from pathlib import Path
import numpy as np
from PIL import Image

# The built-in model's classes in LIP's: docs/class-maps.md.
lip = {"skin": 13, "hair": 2, "cloth": 5}
photos = sorted(Path("photos").glob("*.jpg"))
count = 0
for photo in photos:
    parse = np.array(Image.open(f"tryon/image-parse-v3/{photo.stem}.png"))
    mask = np.array(Image.open(f"tryon/agnostic-mask/{photo.stem}_mask.png"))
    image = Image.open(f"tryon/image/{photo.stem}.jpg")
    assert image.getexif().get(0x0112, 1) == 1 and image.size == (parse.shape[1], parse.shape[0])
    assert (mask[parse == lip["cloth"]] == 255).all()
    assert (mask[np.isin(parse, [lip["skin"], lip["hair"]])] == 0).all()
    assert photo.stem == "nobody" or {lip["skin"], lip["hair"]} <= set(np.unique(parse))
    count += len(np.unique(parse)) - 1
print(f"{count} masks are the same")
