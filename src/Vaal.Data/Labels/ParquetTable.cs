using Parquet;
using Parquet.Schema;

namespace Vaal.Data.Labels;

/// <summary>
/// The CSV table as Parquet: <c>path</c>, <c>label</c>, <c>rank</c>, <c>score</c>, <c>reason</c>, <c>pre_label</c>,
/// <c>pre_label_probability</c> where a model suggests classes, and <c>place</c> where parts of images are to be
/// labelled.
/// </summary>
internal static class ParquetTable
{
    private const int MaxRows = 20_000_000;

    public static bool Recognises(string path)
        => File.Exists(path) && Sources.Head(path, 4).AsSpan().SequenceEqual("PAR1"u8);

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var (images, labels, own, place) = Columns(path, context);
        if (place is not null)
            throw new InputException($"{Path.GetFileName(path)} has shapes in a layout that is not read (column "
                + $"{Text.Quote(place)}); save it as CSV with the columns xmin, ymin, xmax, ymax");
        if (!own) log.Beside(path);
        if (labels is null) throw new InputException($"{Path.GetFileName(path)} has no column 'label'");
        var (unfilled, parts) = (0, new List<(string Image, string Where, string[] Classes)>());
        for (var i = 0; i < images.Length; i++)
        {
            if (Text.NullIfEmpty(labels[i]) is not { } label)
            {
                unfilled++;
                continue;
            }
            var (where, image) = ($"row {i + 1}", images[i] ?? "");
            log.Entry(where, () =>
            {
                if (!own) Csv.RefuseError(label, context);
                if (context.MultiLabel && !own) parts.Add((image, where, ClassSet.OfCell(label, context.KnowsClass)));
                else if (context.MultiLabel) parts.Add((image, where, [label]));
                else log.Add(new Annotation(image, own ? label : Csv.ClassOf(label, image, context), [], null, null,
                    where));
            });
        }
        foreach (var of in parts.GroupBy(p => p.Image))
            log.Entry(of.First().Where, () => log.Add(new Annotation(of.Key, null, [], null, null, of.First().Where),
                Csv.ClassesOf(of.Key, [.. of.Select(p => (p.Where, p.Classes))])));
        if (unfilled > 0 && unfilled == images.Length)
            log.Problem(Path.GetFileName(path),
                $"column 'label' is empty in {Counted.Of(unfilled, "row")}; fill in the classes");
        return log.Result;
    }

    /// <summary>The column <c>path</c>, with <c>label</c> where there is one.</summary>
    public static IEnumerable<(string Image, string? Class, string Where)> Manifest(string path, ImportContext context)
    {
        var (images, labels, own, place) = Columns(path, context);
        var (name, ofImages) = (Path.GetFileName(path), !context.ImagesAlone && place is null);
        for (var i = 0; i < images.Length; i++)
        {
            if (images[i] is not { Length: > 0 } image) continue;
            var where = $"row {i + 1}";
            yield return (image, ofImages && Text.NullIfEmpty(labels?[i]) is { } label
                ? Csv.ManifestClass(label, image, own, context.MultiLabel, $"{name} {where}") : null, where);
        }
    }

    public static void Write(ExportRequest request, string path)
        => AtomicFile.Create(path, stream => WriteAsync(request, stream).GetAwaiter().GetResult());

    private static async Task WriteAsync(ExportRequest request, Stream stream)
    {
        var lines = TableLine.Of(request.Rows);
        var (paths, labels, reasons, guesses, places) =
            (new DataField<string>("path"), new DataField<string>(request.MultiLabel ? "labels" : "label"),
            new DataField<string>("reason"), new DataField<string>("pre_label"), new DataField<string>("place"));
        var (ranks, scores) = (new DataField<int?>("rank"), new DataField<double?>("score"));
        Field[] fields = [paths, labels, ranks, scores, reasons, guesses];
        var probabilities = new DataField<double?>("pre_label_probability");
        var inParts = lines.Any(l => l.Place is not null);
        var guessed = lines.Any(l => l.Row.PreLabelProbability is not null);
        if (guessed) fields = [.. fields, probabilities];
        await using var writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(inParts ? [.. fields, places] : fields), stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(paths, lines.Select(l => l.Row.Image).ToArray());
        await group.WriteAsync(labels, lines.Select(l => l.Row.Cell!).ToArray());
        await group.WriteAsync<int>(ranks, lines.Select(l => l.Rank).ToArray());
        await group.WriteAsync<double>(scores, lines.Select(l => l.Score).ToArray());
        await group.WriteAsync(reasons, lines.Select(l => l.Reason!).ToArray());
        await group.WriteAsync(guesses, lines.Select(l => l.Row.PreLabel!).ToArray());
        if (guessed)
            await group.WriteAsync<double>(probabilities, lines.Select(l => l.Row.PreLabelProbability).ToArray());
        if (inParts) await group.WriteAsync(places, lines.Select(l => l.Place!).ToArray());
    }

    private sealed record Texts(string?[] Images, string?[]? Labels, bool Own, string? Place);

    private static Texts Columns(string path, ImportContext context)
    {
        var bytes = Sources.Bytes(path, context);
        if (!ParquetFooter.IsWhole(bytes))
            throw new InputException($"{Path.GetFileName(path)} is not a whole Parquet file");
        try
        {
            return ColumnsAsync(bytes, Path.GetFileName(path), context).GetAwaiter().GetResult();
        }
        // a damaged file may break the parser anywhere: it is somebody else's code, and it throws whatever comes up
        catch (Exception e) when (e is not (InputException or OperationCanceledException))
        {
            throw new InputException($"{Path.GetFileName(path)} is not a whole Parquet file", e);
        }
    }

    private static async Task<Texts> ColumnsAsync(byte[] bytes, string name, ImportContext context)
    {
        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(bytes, writable: false),
            cancellationToken: context.Cancel);
        DataField? Field(params string[] names)
            => names.Select(n => reader.Schema.DataFields.FirstOrDefault(
            f => f.Name.Equals(n, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(f => f is not null);
        var image = Field("path", "image", "file", "filename", "file_name")
            ?? throw new InputException(
                $"{name} has no column 'path' (found: "
                    + $"{string.Join(", ", reader.Schema.DataFields.Take(20).Select(f => Text.Quote(f.Name)))})");
        var label = Field("label", "labels", "class", "category");
        foreach (var field in new[] { image, label })
            if (field is not null && (field.ClrType != typeof(string) && field.ClrType != typeof(ReadOnlyMemory<char>)
                || field.IsArray)) throw new InputException($"{name}: column {Text.Quote(field.Name)} must hold text");
        var (images, labels) = (new List<string?>(), new List<string?>());
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            if (group.RowCount < 0 || images.Count + group.RowCount > MaxRows)
                throw new InputException($"{name} states more than {MaxRows:N0} rows");
            images.AddRange(await Read(group, image, context));
            if (label is not null) labels.AddRange(await Read(group, label, context));
        }
        // a table that Vaal has written: its classes are taken as they stand
        var own = Field("path") is not null && Field("pre_label") is not null && Field("rank") is not null
            && Field("labels") is null;
        // the class beside a box is not that of the image
        var place = reader.Schema.DataFields.FirstOrDefault(f => f != image && f != label && CsvBoxes.IsPlace(f.Name));
        return new([.. images], label is null ? null : [.. labels], own, place?.Name);
    }

    private static async Task<string?[]> Read(ParquetRowGroupReader group, DataField field, ImportContext context)
    {
        var texts = new string?[group.RowCount];
        await group.ReadAsync(field, texts.AsMemory()!, null, context.Cancel);
        return texts;
    }
}
