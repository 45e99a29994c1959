// What a picture says, in numbers: each region's light and ink on a grid of cells; figures without ink; labels that are
// too faint for their ground; how much of it is light.
async ({ png, regions, plots, labels, columns, rows }) => {
  const blob = await (await fetch("data:image/png;base64," + png)).blob();
  const image = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(image, 0, 0);
  const [width, height] = [image.width, image.height];
  const pixels = drawing.getImageData(0, 0, width, height).data;
  const luma = (at) => 0.2126 * pixels[at] + 0.7152 * pixels[at + 1] + 0.0722 * pixels[at + 2];

  const within = ([x, y, w, h]) => {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    return [left, top, Math.min(width, x + w), Math.min(height, y + h)];
  };
  // The colour that most of a box has: its ground.
  const ground = (box) => {
    const [left, top, right, bottom] = within(box);
    const counts = new Map();
    let [most, best] = [0, [0, 0, 0]];
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const at = (y * width + x) * 4;
        const key = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
        const count = (counts.get(key) || 0) + 1;
        counts.set(key, count);
        if (count > most) [most, best] = [count, [pixels[at], pixels[at + 1], pixels[at + 2]]];
      }
    return best;
  };
  const is_ink = (at, paper) =>
    Math.abs(pixels[at] - paper[0]) + Math.abs(pixels[at + 1] - paper[1]) + Math.abs(pixels[at + 2] - paper[2]) > 120;
  const cell = ([left, top, right, bottom], paper) => {
    let [light, ink, count] = [0, 0, 0];
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const at = (y * width + x) * 4;
        light += luma(at);
        ink += is_ink(at, paper) ? 1 : 0;
        count++;
      }
    return count ? [light / count / 255, ink / count] : [0, 0];
  };
  const cells = (box) => {
    const [left, top, right, bottom] = within(box);
    const paper = ground(box);
    const told = [];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const part = (from, to, place, many) => Math.round(from + ((to - from) * place) / many);
        told.push(
          cell(
            [part(left, right, column, columns), part(top, bottom, row, rows), part(left, right, column + 1, columns), part(top, bottom, row + 1, rows)],
            paper
          )
        );
      }
    return told;
  };

  const channel = (value) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const bright = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const contrast = (one, other) => {
    const [low, high] = [bright(one), bright(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  let light = 0;
  for (let at = 0; at < pixels.length; at += 4) light += luma(at) > 200 ? 1 : 0;
  return {
    regions: regions.map(([name, box]) => [name, box, cells(box)]),
    blank: plots.filter(([, box]) => cell(within(box), ground(box))[1] < 0.002).map(([name]) => name),
    faint: labels
      .map(([words, box, colour, least]) => [words, contrast(colour, ground(box)), least])
      .filter(([, found, least]) => found < least)
      .map(([words, found, least]) => `${JSON.stringify(words)} has a contrast of ${found.toFixed(1)} to its ground, not ${least}`),
    light: light / (pixels.length / 4),
  };
}
