//! The names of conda's archives: `name-version-build.conda` in a folder for the platform.

/// What an address says of the package behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archive<'t> {
    /// The package's name.
    pub name: &'t str,
    /// Its version.
    pub version: &'t str,
    /// Which build of the version it is.
    pub build: &'t str,
    /// The folder of the platform, such as `linux-64`.
    pub subdir: &'t str,
    /// The channel that holds it.
    pub channel: &'t str,
}

/// Reads an address or a file name.
pub fn read(address: &str) -> Option<Archive<'_>> {
    let address = address.split(['#', '?']).next()?;
    let mut parts = address.rsplit('/');
    let file = parts.next()?;
    let subdir = parts.next().unwrap_or("");
    let channel = parts.next().unwrap_or("");
    let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2"))?;
    let (rest, build) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    (!name.is_empty() && !version.is_empty()).then_some(Archive { name, version, build, subdir, channel })
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses() {
        let read = super::read(
            "https://conda.example/conda-forge/linux-64/ca-certificates-2024.2.2-hbcca054_0.conda#ab",
        );
        let read = read.unwrap();
        assert_eq!((read.name, read.version, read.build), ("ca-certificates", "2024.2.2", "hbcca054_0"));
        assert_eq!((read.subdir, read.channel), ("linux-64", "conda-forge"));
        assert_eq!(super::read("https://host.example/a.whl"), None);
    }
}
