"""Files that hold files: zip archives, IHE XDM, and what a medium says of them."""
