"""The cases, one file each; every module of this package is found and imported by itself."""
