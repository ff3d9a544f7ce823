import type { JsonObject } from "../bytes/json.js";
import type { ArrayMetadataOptions, CodecOption, CodecsOption } from "../metadata/create-metadata.js";
import { chunkCodecs, codecsForV2, codecsForV3 } from "../metadata/translate-codecs.js";
import type { ZarrArray } from "./array.js";
import type { Layout } from "./copy.js";

/** Options for creating an array like another one, stored as a layout says, and else as it is, in its own format or another. */
export function optionsOf(
  source: ZarrArray,
  layout: Layout,
  zarrFormat: 2 | 3 = source.zarrFormat,
): ArrayMetadataOptions & { readonly dtype: string } {
  const { metadata, shape, dimensionNames, attributes } = source;
  const isWithout = zarrFormat === 2 && source.zarrFormat === 2 && metadata.document.fill_value === null;
  return {
    ...layoutOf(source, layout, zarrFormat),
    ...{ zarrFormat, shape, dtype: dtypeOf(source, zarrFormat), fillValue: isWithout ? null : metadata.fillValue },
    ...withNames(source, attributes, dimensionNames, zarrFormat),
  };
}

/** In format 2 the names of dimensions are an attribute, as xarray writes it. */
const namesAttribute = "_ARRAY_DIMENSIONS";

function withNames(
  source: ZarrArray,
  attributes: ZarrArray["attributes"],
  dimensionNames: ZarrArray["dimensionNames"],
  zarrFormat: 2 | 3,
): Pick<ArrayMetadataOptions, "attributes" | "dimensionNames"> {
  if (dimensionNames === undefined || (source.zarrFormat === 2 && zarrFormat === 2)) return { attributes };
  if (zarrFormat === 2) {
    return dimensionNames.includes(null)
      ? { attributes }
      : { attributes: { ...attributes, [namesAttribute]: dimensionNames as string[] } };
  }
  const { [namesAttribute]: _, ...others } = attributes;
  return { attributes: source.zarrFormat === 2 ? others : attributes, dimensionNames };
}

/** The layout that is asked for, completed by that of the source. */
function layoutOf(source: ZarrArray, layout: Layout, zarrFormat: 2 | 3): Layout {
  const { codecs, compressors, filters, serializer, chunks } = layout;
  const { shards, chunkLengths, metadata } = source;
  const grid = shards === undefined ? { chunks: chunkLengths } : { chunks: source.chunks, shards };
  const known = zarrFormat === 2 ? { chunks: source.chunks } : grid;
  const isEncodedAlike = [codecs, compressors, filters, serializer].every((option) => option === undefined);
  return {
    ...(chunks === undefined ? known : {}),
    ...(isEncodedAlike ? codecsOf(source, zarrFormat) : {}),
    ...keysOf(metadata, zarrFormat),
    ...layout,
  };
}

/** The same keys of chunks where the format is the same; else those of the format, and in format 2 separated alike. */
function keysOf({ zarrFormat, chunkKeyEncoding }: ZarrArray["metadata"], target: 2 | 3): Layout {
  const { separator } = chunkKeyEncoding;
  if (target === 2) return separator === undefined ? {} : { chunkKeyEncoding: { separator } };
  return zarrFormat === 2 ? {} : { chunkKeyEncoding: chunkKeyEncoding.toJson() as JsonObject };
}

/** The data type as `createArray` takes it; within format 2 with its byte order. */
function dtypeOf({ metadata, dataType, dtype, zarrFormat }: ZarrArray, target: 2 | 3): string {
  if (target !== zarrFormat) return dtype;
  const isNumpy = zarrFormat === 2 && dataType.objectCodec === undefined;
  return (isNumpy ? metadata.document.dtype : dataType.toJson()) as string;
}

/** The codecs of the source's chunks, of a shard those within. */
function codecsOf({ metadata, ndim, dataType, zarrFormat }: ZarrArray, target: 2 | 3): Partial<ArrayMetadataOptions> {
  const { document, codecs } = metadata;
  const inner = chunkCodecs(codecs);
  if (target === 3)
    return { codecs: (zarrFormat === 2 ? codecsForV3(inner, dataType) : inner) as readonly CodecOption[] };
  if (zarrFormat === 3) return codecsForV2(inner, ndim);
  const { filters, compressor, order } = document as { [name: string]: CodecsOption } & { order: "C" | "F" };
  return { filters, compressors: compressor, order };
}
