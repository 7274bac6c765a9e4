pragma foreign_keys = off;
BEGIN TRANSACTION;
CREATE TABLE images (
    id integer primary key autoincrement,
    path text not null,                                         -- relative to the image folder, with '/'
    bytes integer not null,
    modified integer not null,                                  -- UTC ticks; -1: could not be opened
    width integer not null,
    height integer not null,
    content_hash blob,                                          -- of the file
    small_hash blob,                                            -- of the pixels at the pool's size
    pixel_hash blob,                                            -- of all pixels; only where small_hash is not enough
    perceptual_hash integer,
    state text not null check (state in ('ok', 'broken', 'duplicate', 'removed')),
    reason text,
    duplicate_of integer references images (id),
    near_group integer references images (id),
    test integer not null default 0 check (test in (0, 1)),
    check ((state = 'duplicate') = (duplicate_of is not null))
);
INSERT INTO "images" VALUES(1,'cat/1.png',239,639310240419219800,64,64,X'957594679441D1D14DF3A9F2F2042735',X'B0021229672D2E763750032863B82AE8',NULL,-4470601888401357150,'ok',NULL,NULL,NULL,0);
INSERT INTO "images" VALUES(2,'cat/twin.png',239,639310240419224181,64,64,X'957594679441D1D14DF3A9F2F2042735',X'B0021229672D2E763750032863B82AE8',NULL,-4470601888401357150,'duplicate',NULL,1,NULL,0);
INSERT INTO "images" VALUES(3,'dog/2.png',238,639310240419228874,64,64,X'5E47FD9ABE736C2B2DDEFAE279D53FDB',X'28B3A91674DEB86A416402843F9E5F01',NULL,3715713776790890540,'ok',NULL,NULL,NULL,0);
CREATE TABLE labels (
    image integer primary key references images (id),
    class text,
    shapes text,                                                -- JSON; null: none
    elsewhere integer not null check (elsewhere in (0, 1)),
    who text not null,
    at text not null,
    round integer references rounds (id),
    source text not null
);
INSERT INTO "labels" VALUES(1,'cat',NULL,0,'ann','2026-01-01T09:47:23.078Z',NULL,'folder');
INSERT INTO "labels" VALUES(3,'dog',NULL,0,'ann','2026-01-01T09:47:23.078Z',NULL,'folder');
CREATE TABLE ledger (
    id integer primary key autoincrement,
    at text not null,
    action integer references ledger (id),                      -- null: an action; else the action it is part of
    what text not null,
    image integer references images (id),
    change text not null                                        -- JSON
);
INSERT INTO "ledger" VALUES(1,'2026-01-01T09:47:23.070Z',NULL,'init',NULL,'{"images":3,"added":3,"changed":0,"moved":0,"removed":0,"back":0,"test":0}');
INSERT INTO "ledger" VALUES(2,'2026-01-01T09:47:23.093Z',NULL,'folders',NULL,'{"from":"v1","added":2,"completed":0,"replaced":0,"unchanged":0,"leftOut":0}');
INSERT INTO "ledger" VALUES(3,'2026-01-01T09:47:23.101Z',2,'label',1,'{"before":null,"after":{"class":"cat","shapes":null,"elsewhere":false,"who":"ann","at":"2026-01-01T09:47:23.078+00:00","round":null,"source":"folder"}}');
INSERT INTO "ledger" VALUES(4,'2026-01-01T09:47:23.101Z',2,'label',3,'{"before":null,"after":{"class":"dog","shapes":null,"elsewhere":false,"who":"ann","at":"2026-01-01T09:47:23.078+00:00","round":null,"source":"folder"}}');
INSERT INTO "ledger" VALUES(5,'2026-01-02T03:14:05.700Z',NULL,'round',NULL,'{"round":1,"strategy":"vaal","budget":2,"picks":1,"seed":7}');
CREATE TABLE picks (
    round integer not null references rounds (id),
    image integer not null references images (id),
    rank integer not null,
    score real,
    reason text,
    primary key (round, image)
) without rowid;
INSERT INTO "picks" VALUES(1,3,1,0.25,'unlike the labelled');
CREATE TABLE rounds (
    id integer primary key autoincrement,
    strategy text not null,
    options text not null,                                      -- JSON
    seed integer not null,
    budget integer not null,
    health text,                                                -- JSON
    started text not null,
    finished text not null,
    version text not null,
    undone text
);
INSERT INTO "rounds" VALUES(1,'vaal','{"beta":1}',7,2,'{"verdict":"weak"}','2026-01-02T03:04:05.678Z','2026-01-02T03:14:05.678Z','0.1.0',NULL);
CREATE TABLE settings (name text primary key, value text not null) without rowid;
INSERT INTO "settings" VALUES('fit','Crop');
INSERT INTO "settings" VALUES('hashed','64 Crop');
INSERT INTO "settings" VALUES('root','..');
INSERT INTO "settings" VALUES('size','64');
INSERT INTO "settings" VALUES('source','');
CREATE UNIQUE INDEX images_by_path on images (path) where state <> 'removed';
CREATE INDEX picks_by_image on picks (image);
CREATE INDEX ledger_by_action on ledger (action);
CREATE TRIGGER ledger_is_not_changed before update on ledger begin select raise(abort, 'the ledger is append-only'); end;
CREATE TRIGGER ledger_is_not_cut before delete on ledger begin select raise(abort, 'the ledger is append-only'); end;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('images',3);
INSERT INTO "sqlite_sequence" VALUES('ledger',5);
INSERT INTO "sqlite_sequence" VALUES('rounds',1);
COMMIT;
pragma user_version = 1;
