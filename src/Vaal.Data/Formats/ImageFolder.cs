namespace Vaal.Data.Formats;

/// <summary>
/// What <see cref="ClassFolder"/>, <see cref="MultiLabelFolder"/> and <see cref="FlatFolder"/> share: files in, sets
/// out, by way of the packed cache.
/// </summary>
internal static class ImageFolder
{
    /// <param name="files">in ordinal order of their paths</param>
    /// <param name="classNames">empty: no labels</param>
    /// <param name="classOf">class of a path</param>
    /// <param name="pool">what the paths of the pool begin with: <c>train/</c>, or nothing</param>
    /// <param name="test">what the paths of the test set begin with; null: there is none</param>
    /// <param name="setOf">the classes of a path where an image has several; null: it has one, or none</param>
    public static DataSet Load(string folder, IReadOnlyList<SourceFile> files, IReadOnlyList<string> classNames,
        Func<string, int> classOf, string pool, string? test, List<string> notes, LoadOptions options,
        Func<string, int[]>? setOf = null)
    {
        using var packed = PackedCache.Open(ImageRoot.OfDataSet(folder), files, options, notes);
        var failures = packed.Entries.Where(e => e.Problem is not null)
            .Select(e => $"{e.File.Path} is left out: {e.Problem}").ToList();
        if (options.Strict && failures.Count > 0)
        {
            var first = packed.Entries.Where(e => e.Problem is not null).Take(5)
                .Select(e => $"{e.File.Path}: {e.Problem}");
            throw new InputException(
                $"{failures.Count:N0} of {Counted.Of(files.Count, "image")} cannot be used: "
                    + string.Join("; ", first));
        }
        notes.AddRange(failures);
        var paths = packed.Entries.Where(e => e.Problem is null).Select(e => e.File.Path).ToArray();

        var poolImages = Set(pool)
            ?? throw new InputException($"no image in {Path.Combine(folder, pool)} can be read; {failures[0]}");
        var testImages = test is null ? null : Set(test);
        if (test is not null && testImages is null) notes.Add($"no image in {test} can be read: there is no test set");
        var fingerprint = Fingerprint.Of(classNames, poolImages, testImages, packed.Digest);
        return new(NameOf(folder), poolImages, testImages, classNames, notes, fingerprint);

        ImageSet? Set(string prefix)
        {
            // ordinal order keeps together what begins alike, so a set is one stretch of the packed file
            var first = Array.FindIndex(paths, p => p.StartsWith(prefix, StringComparison.Ordinal));
            if (first < 0) return null;
            string[] mine = [.. paths.Skip(first).TakeWhile(p => p.StartsWith(prefix, StringComparison.Ordinal))];
            int[]? classes = classNames.Count == 0 || setOf is not null ? null : [.. mine.Select(classOf)];
            var pixels = packed.Part(first, mine.Length);
            return new(pixels, options.Channels ?? 3, options.Size, options.Size, classes, mine)
            {
                Root = Path.GetFullPath(folder),
                ClassSets = setOf is null ? null : [.. mine.Select(setOf)],
            };
        }
    }

    /// <summary>The folder's own name.</summary>
    public static string NameOf(string folder)
        => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <exception cref="InputException">there is no such folder, or nothing is in it</exception>
    public static void Require(string folder)
    {
        if (File.Exists(folder))
            throw new InputException($"{folder} is a file; expected the folder that holds the data");
        if (!Directory.Exists(folder)) throw new InputException($"there is no folder {folder}");
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InputException($"the folder {folder} is empty");
    }

    /// <summary>The image files, of which there must be at least one.</summary>
    public static List<SourceFile> Files(string folder, List<string> notes)
    {
        Require(folder);
        var files = SourceFiles.Sorted(folder, notes);
        if (files.Count == 0)
            throw new InputException($"the folder {folder} holds no image file (JPEG, PNG, WebP, BMP or GIF)");
        return files;
    }
}
