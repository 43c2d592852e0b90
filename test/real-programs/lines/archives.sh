# archives
