// The picture with its changed cells marked: the redder, the more.
async ({ png, marks }) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  for (const [[x, y, w, h], strength] of marks) {
    drawing.fillStyle = `rgba(255, 0, 0, ${Math.min(0.75, strength)})`;
    drawing.fillRect(x, y, w, h);
  }
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
