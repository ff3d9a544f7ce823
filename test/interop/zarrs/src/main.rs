//! Reads an array of a ZIP file, and writes what it has read anew, as `test/interop/zarrs.test.ts` asks.
//!
//! `zarrzip-zarrs FILE PATH FOLDER` prints the shape, and the elements in C order: as the hexadecimal digits of their bytes,
//! little-endian, or texts as a list. The same array, encoded by zarrs, is then in `FOLDER`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use zarrs::array::{Array, ArrayBytes};
use zarrs::filesystem::FilesystemStore;
use zarrs::storage::StoreKey;
use zarrs_zip::ZipStorageAdapter;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, path, folder] = arguments.as_slice() else {
        return Err("expected FILE PATH FOLDER".into());
    };
    let file = Path::new(file);
    let parent = file.parent().ok_or("the file is in no folder")?;
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or("the file has no name")?;
    let zip = ZipStorageAdapter::new(
        Arc::new(FilesystemStore::new(parent)?),
        StoreKey::new(name)?,
    )?;
    let array = Array::open(Arc::new(zip), path)?;

    let all = array.subset_all();
    let elements: ArrayBytes = array.retrieve_array_subset(&all)?;
    println!(
        "{}",
        json!({ "shape": array.shape(), "elements": shown(&elements)? })
    );

    let target = Arc::new(FilesystemStore::new(folder)?);
    let written = Array::new_with_metadata(target, path, array.metadata().clone())?;
    written.store_metadata()?;
    written.store_array_subset(&all, elements)?;
    Ok(())
}

fn shown(elements: &ArrayBytes) -> Result<Value, Box<dyn Error>> {
    match elements {
        ArrayBytes::Fixed(bytes) => Ok(bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into()),
        ArrayBytes::Variable(variable) => {
            let (bytes, offsets) = (variable.bytes(), variable.offsets());
            let texts = offsets
                .windows(2)
                .map(|ends| std::str::from_utf8(&bytes[ends[0]..ends[1]]));
            Ok(texts.collect::<Result<Vec<_>, _>>()?.into())
        }
        ArrayBytes::Optional(_) => Err("elements that may be missing are not compared".into()),
    }
}
