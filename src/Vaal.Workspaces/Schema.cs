namespace Vaal.Workspaces;

/// <summary>The tables of <c>vaal.db</c>, version by version. A released migration is never edited: the next one
/// changes what it made.</summary>
internal static class Schema
{
    /// <summary>The n-th brings a database from version n to n + 1.</summary>
    public static IReadOnlyList<string> Migrations { get; } =
    [
        """
        create table settings (name text primary key, value text not null) without rowid;

        create table images (
            id integer primary key autoincrement,
            path text not null,                                         -- relative to the image folder, with '/'
            bytes integer not null,
            modified integer not null,                                  -- UTC ticks; -1: could not be opened
            width integer not null,
            height integer not null,
            content_hash blob,                                          -- of the file
            small_hash blob,                                            -- of the pixels at the pool's size
            pixel_hash blob,                                    -- of all pixels; only where small_hash is not enough
            perceptual_hash integer,
            state text not null check (state in ('ok', 'broken', 'duplicate', 'removed')),
            reason text,
            duplicate_of integer references images (id),
            near_group integer references images (id),
            test integer not null default 0 check (test in (0, 1)),
            check ((state = 'duplicate') = (duplicate_of is not null))
        );

        create unique index images_by_path on images (path) where state <> 'removed';

        create table rounds (
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

        create table picks (
            round integer not null references rounds (id),
            image integer not null references images (id),
            rank integer not null,
            score real,
            reason text,
            primary key (round, image)
        ) without rowid;
        create index picks_by_image on picks (image);

        create table labels (
            image integer primary key references images (id),
            class text,
            shapes text,                                                -- JSON; null: none
            elsewhere integer not null check (elsewhere in (0, 1)),
            who text not null,
            at text not null,
            round integer references rounds (id),
            source text not null
        );

        create table ledger (
            id integer primary key autoincrement,
            at text not null,
            action integer references ledger (id),              -- null: an action; else the action it is part of
            what text not null,
            image integer references images (id),
            change text not null                                        -- JSON
        );
        create index ledger_by_action on ledger (action);
        create trigger ledger_is_not_changed before update on ledger
            begin select raise(abort, 'the ledger is append-only'); end;
        create trigger ledger_is_not_cut before delete on ledger
            begin select raise(abort, 'the ledger is append-only'); end;
        """,
        """
        create table trainings (
            id integer primary key autoincrement,
            round integer references rounds (id),                       -- the last one before it
            labels integer not null,
            tests integer not null,
            correct integer not null,
            options text not null,                                      -- JSON
            seed integer not null,
            started text not null,
            finished text not null,
            version text not null
        );
        """,
        """
        create table trainings_of_all_kinds (
            id integer primary key autoincrement,
            round integer references rounds (id),                       -- the last one before it
            labels integer not null,
            tests integer not null,
            correct integer,                                -- test images whose class was right; null: it has masks
            masks text,                                     -- JSON: how well masks were predicted; null: it has classes
            options text not null,                                      -- JSON
            seed integer not null,
            started text not null,
            finished text not null,
            version text not null,
            check ((correct is null) <> (masks is null))
        );
        insert into trainings_of_all_kinds
            (id, round, labels, tests, correct, options, seed, started, finished, version)
            select id, round, labels, tests, correct, options, seed, started, finished, version from trainings;
        drop table trainings;
        alter table trainings_of_all_kinds rename to trainings;
        """,
        """
        alter table picks add column regions text;          -- JSON: the chosen parts of the image; null: all of it
        """,
        """
        alter table labels add column suggested integer not null default 0 check (suggested in (0, 1));

        create table marks (                                    -- images that somebody looked at and did not label
            image integer primary key references images (id),
            mark text not null check (mark in ('unsure', 'unusable')),
            who text not null,
            at text not null
        );

        create table operations (                                       -- a page sends what it is not sure about again
            op text primary key,
            entry integer not null references ledger (id)
        ) without rowid;

        create table annotators (
            id integer primary key autoincrement,
            name text not null unique,
            role text not null check (role in ('owner', 'labeller')),
            added text not null,
            removed text                                                -- when; null: may come in
        );

        create table access (                                           -- of whoever has it; only hashes are kept
            hash blob primary key,
            kind text not null check (kind in ('launch', 'invitation', 'session', 'token')),
            annotator integer references annotators (id),               -- null: the person who started the server
            made text not null,
            used text                                                   -- of links that serve once: when it was used
        ) without rowid;

        create table votes (                                    -- labels of images that two people label blind
            image integer not null references images (id),
            who text not null,
            class text,                                                 -- null: nothing in it
            at text not null,
            primary key (image, who)
        ) without rowid;

        create table qualities (                                        -- of the picture, by its content
            image integer primary key references images (id),
            bytes integer not null,
            modified integer not null,
            sharpness real not null,
            brightness real not null,
            information real not null
        );

        create index ledger_undone on ledger (change ->> 'undoes') where what = 'undo';
        """,
        """
        alter table labels add column classes text;         -- JSON list, if an image may have several; null: it has one
        alter table votes add column classes text;

        create table trainings_of_several (
            id integer primary key autoincrement,
            round integer references rounds (id),                       -- the last one before it
            labels integer not null,
            tests integer not null,
            correct integer,                                            -- test images whose class was right
            masks text,                                                 -- JSON: how well masks were predicted
            several text,                                       -- JSON: how well several classes were predicted
            options text not null,                                      -- JSON
            seed integer not null,
            started text not null,
            finished text not null,
            version text not null,
            check ((correct is not null) + (masks is not null) + (several is not null) = 1)
        );
        insert into trainings_of_several
            (id, round, labels, tests, correct, masks, options, seed, started, finished, version)
            select id, round, labels, tests, correct, masks, options, seed, started, finished, version from trainings;
        drop table trainings;
        alter table trainings_of_several rename to trainings;
        """,
        """
        alter table operations add column said text;        -- digest of what was asked for; null: not known
        """,
    ];

    /// <summary>Brings the database to the newest version, one transaction a step.</summary>
    /// <exception cref="InputException">a newer vaal has made it</exception>
    public static void Migrate(Database db, string path, IReadOnlyList<string>? migrations = null)
    {
        migrations ??= Migrations;
        Refuse(Version(db), migrations.Count, path);
        while (Version(db) < migrations.Count)
        {
            db.Transaction(() =>
            {
                // another process may have been quicker
                var version = (int)Version(db);
                Refuse(version, migrations.Count, path);
                if (version == migrations.Count) return;
                db.Execute(migrations[version]);
                db.Execute($"pragma user_version = {version + 1}");
            });
        }
    }

    public static long Version(Database db) => db.Number("pragma user_version");

    private static void Refuse(long version, int newest, string path)
    {
        if (version < 0)
            throw new InputException(
                $"{path} is damaged: expected a schema version of 0 to {newest}, found {version}; "
                + "restore it from a copy");
        if (version > newest)
            throw new InputException(
                $"{path} was made by a newer vaal (schema {version}; this one knows up to {newest}); update vaal");
    }
}
