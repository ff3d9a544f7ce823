//! Measures one cell with zarrs: `zarrs-bench CELL FILE`, a line of JSON on stdout as bench/participants/measure.mjs describes it.
use sha2::{Digest, Sha256};
use std::{env, error::Error, fs, path::Path, sync::Arc, time::Instant};
use zarrs::array::{Array, ArrayBytes, ArrayShardedExt, ArraySubset};
use zarrs_filesystem::FilesystemStore;
use zarrs_zip::ZipStorageAdapter;

type Zipped = Array<ZipStorageAdapter<FilesystemStore>>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

const WINDOW_SIDE: u64 = 32;
const WINDOW_COUNT: usize = 1000;

fn open(file: &Path) -> Result<Zipped> {
    let folder = Arc::new(FilesystemStore::new(file.parent().ok_or("no folder")?)?);
    let key = file
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or("no name")?;
    let storage = ZipStorageAdapter::new(folder, key.try_into()?)?;
    Ok(Array::open(Arc::new(storage), "/")?)
}

fn read(array: &Zipped, region: &ArraySubset) -> Result<Vec<u8>> {
    let bytes: ArrayBytes = array.retrieve_array_subset(region)?;
    Ok(bytes.into_fixed()?.into_owned())
}

fn first_chunk(file: &Path) -> Result<Vec<u8>> {
    let array = open(file)?;
    let shape = match array.subchunk_shape() {
        Some(shape) => shape,
        None => array.chunk_shape(&[0, 0])?,
    };
    let lengths = shape.iter().map(|length| length.get()).collect::<Vec<_>>();
    read(&array, &ArraySubset::new_with_shape(lengths))
}

/// The windows that every participant reads; `windowsOf` in bench/rows.mjs.
fn windows(shape: &[u64]) -> Vec<ArraySubset> {
    let mut seed: u64 = 42;
    let mut window = || {
        let ranges = shape.iter().map(|length| {
            seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
            let start = seed % (length - WINDOW_SIDE + 1);
            start..start + WINDOW_SIDE
        });
        ArraySubset::new_with_ranges(&ranges.collect::<Vec<_>>())
    };
    (0..WINDOW_COUNT).map(|_| window()).collect()
}

/// KiB of a line of /proc/self/status.
fn status_kib(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

fn sha256(parts: &[Vec<u8>]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn peak_memory(file: &Path) -> Result<()> {
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status_kib("VmRSS")?;
    let array = open(file)?;
    let values = read(&array, &array.subset_all())?;
    let mib = (status_kib("VmHWM")? - before) as f64 / 1024.0;
    println!(
        r#"{{"samples":[{mib:.2}],"sha256":"{}"}}"#,
        sha256(&[values])
    );
    Ok(())
}

/// A run that is not counted, unless it was a long one; then at most 5, and no more after 2 s.
fn report(mut work: impl FnMut() -> Result<Vec<Vec<u8>>>) -> Result<()> {
    let mut timed = || -> Result<(f64, Vec<Vec<u8>>)> {
        let start = Instant::now();
        let values = work()?;
        Ok((start.elapsed().as_secs_f64() * 1e3, values))
    };
    let (warm_up, values) = timed()?;
    let digest = sha256(&values);
    drop(values);
    let mut samples = if warm_up > 5000.0 {
        vec![warm_up]
    } else {
        Vec::new()
    };
    while samples.is_empty() || (samples.len() < 5 && samples.iter().sum::<f64>() < 2000.0) {
        samples.push(timed()?.0);
    }
    println!(r#"{{"samples":{samples:?},"sha256":"{digest}"}}"#);
    Ok(())
}

fn main() -> Result<()> {
    let arguments = env::args().collect::<Vec<_>>();
    let file = Path::new(arguments.get(2).ok_or("usage: zarrs-bench CELL FILE")?);
    match arguments[1].as_str() {
        "open" => report(|| Ok(vec![first_chunk(file)?])),
        "memory" => peak_memory(file),
        cell @ ("read" | "windows") => {
            let array = open(file)?;
            let regions = if cell == "read" {
                vec![array.subset_all()]
            } else {
                windows(array.shape())
            };
            report(|| regions.iter().map(|region| read(&array, region)).collect())
        }
        cell => Err(format!("no cell is called {cell}").into()),
    }
}
