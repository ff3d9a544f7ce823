// Runs in a page: a map shows an array of an archive that is behind a URL, and is asked for its values.
import { ZarrLayer } from "@carbonplan/zarr-layer";
import { Map as MapView } from "maplibre-gl";
import { ZipStore } from "zarrzip";

/** The values of `temperature` at places, and the colour in the middle of the map. */
globalThis.mapOf = async (url, places) => {
  const store = await ZipStore.open(url);
  const map = new MapView({
    container: "map",
    style: { version: 8, sources: {}, layers: [] },
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  await map.once("load");
  const layer = await new Promise((resolve, reject) => {
    const onLoadingStateChange = ({ loading, error }) => {
      if (error) reject(error);
      else if (!loading) resolve(added);
    };
    const colours = { clim: [0, 100], colormap: ["#ff0000", "#ff0000"] };
    const added = new ZarrLayer({ id: "layer", store, variable: "temperature", ...colours, onLoadingStateChange });
    map.addLayer(added);
  });
  const values = [];
  for (const coordinates of places) {
    const { temperature } = await layer.queryData({ type: "Point", coordinates });
    values.push(...temperature);
  }
  const pixel = await drawn(map);
  map.remove();
  await store.close();
  return { values, pixel };
};

/** The colour in the middle, as soon as there is one. */
async function drawn(map) {
  for (;;) {
    map.triggerRepaint();
    await map.once("render");
    const pixel = middleOf(map.getCanvas());
    if (pixel[3] > 0) return pixel;
  }
}

function middleOf(canvas) {
  const context = canvas.getContext("webgl2");
  const pixel = new Uint8Array(4);
  context.readPixels(canvas.width >> 1, canvas.height >> 1, 1, 1, context.RGBA, context.UNSIGNED_BYTE, pixel);
  return [...pixel];
}
