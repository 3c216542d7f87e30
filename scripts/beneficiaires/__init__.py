"""The library under the commands: from the bytes of the page to the files of the data package."""
