using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A workspace whose labels are shapes: masks, and task models that are trained on them.</summary>
[Trait("Category", "Slow")]
public sealed partial class WorkspaceMasksTests : IDisposable
{
    private const int Width = 24, Height = 16, Pool = 12, Tests = 4;
    private static readonly TaskOptions Quick =
        new(TaskOptions.SmallSeg) { Epochs = 0, MinIterations = 60, BatchSize = 4, Shift = 2 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Dark to the left of a column and bright to the right; images 12 to 15 are the test set.</summary>
    private Workspace Make(string name = "w", int labelled = Pool + Tests, IndexOptions? options = null)
    {
        for (var i = 0; i < Pool + Tests; i++)
            _folder.Write(
                $"{name}/{i:00}.png", TestImages.Grey(Width, Height, (x, y) => (x < Edge(i) ? 40 : 200) + y + i));
        var list = _folder.Write(
            $"{name} tests.txt", string.Concat(Enumerable.Range(Pool, Tests).Select(i => $"{i:00}.png\n")));
        var w = Workspace.Create(_folder[name]);
        w.Index(new()
        {
            Size = 32,
            NearDuplicates = 0,
            TestList = list,
            Frame = options?.Frame,
            Background = options?.Background,
        });
        foreach (var image in w.Images().Where(i => Number(i) < labelled || i.Test))
            w.Label(image.Id, null, Shapes(Number(image)), "ann", "test");
        return w;
    }

    private static int Edge(int i) => 4 + i;

    private static int Number(ImageRow image) =>
        int.Parse(image.Path[..2], System.Globalization.CultureInfo.InvariantCulture);

    // a box and a polygon; the lowest row is not covered
    private static Shape[] Shapes(int i) =>
        [new Box("dark", 0, 0, Edge(i), 15),
            new Polygon("bright", [[new(Edge(i), 0), new(Width, 0), new(Width, 15), new(Edge(i), 15)]])];

    private int Id(Workspace w, string path) => w.Images().Single(i => i.Path == path).Id;

    [Fact]
    public void LoadMasks_BoxesAndPolygons_AreTheirPixels_TheRestIsIgnored()
    {
        using var w = Make(labelled: 10);
        using var images = w.LoadMasks();
        Assert.Equal((Width, Height), (images.Images.Width, images.Images.Height));           // the first image's size
        Assert.Equal(["bright", "dark"], images.ClassNames);
        Assert.Equal(10, images.Labelled.Length);
        var masks = images.Images.Masks!;
        foreach (var id in images.Labelled.Concat(images.Test))
            for (var p = 0; p < Width * Height; p++)
                Assert.Equal(p / Width == 15 ? ImageSet.Ignore : p % Width < Edge(id) ? 1 : 0, masks[id][p]);
        foreach (var id in images.Unlabelled) Assert.False(LabelForm.Masks.IsKnown(images.Images, id));
    }

    /// <summary>Whatever a data set of the exported masks would be, the workspace trains on: 240×180 frames of CamVid
    /// brought to 96×80, and cropped.</summary>
    [Fact]
    public void LoadMasks_CamVid_AreWhatTheExportOfMasksGives_HoweverTheLabelsCame()
    {
        var camvid = RealData.Folder("camvid");
        string[] files = [.. Directory.GetFiles(Path.Combine(camvid, "train")).Order().Take(3)];
        foreach (var file in files)
        {
            _folder.Write(
                $"masks/masks/{Path.GetFileName(file)}",
                File.ReadAllBytes(file.Replace("/train/", "/trainannot/", StringComparison.Ordinal)));
            foreach (var name in new[] { "from-masks", "from-coco", "from-label-studio", "from-cvat", "from-json" })
                _folder.Write($"{name}/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        }
        _folder.Write(
            "masks/classes.csv", "id,name\n" +
            string.Concat(Enumerable.Range(0, 11).Select(i => $"{i},class {i:00}\n")) + "11,ignore\n");
        using var first = Workspace.Create(_folder["from-masks"]);
        first.Index(new IndexOptions { Frame = (96, 80) });
        Assert.Equal(3, first.Import(_folder["masks"], new()).Added);
        first.Export(ExportWhat.All, "masks", _folder["exported"]);
        using var expected =
            DataFormats.Load(_folder["exported"], new LoadOptions { Frame = (96, 80), CacheFolder = _folder["cache"] });
        using var own = first.LoadMasks();
        Assert.Equal(expected.ClassNames, own.ClassNames);
        Same(expected.Pool.Masks!, own.Images.Masks!);
        foreach (var format in new[] { "coco", "label-studio", "cvat", "json" })
        {
            using var other = Workspace.Create(_folder[$"from-{format}"]);
            other.Index(new IndexOptions { Frame = (96, 80) });
            Assert.Equal(
                (3, 0), (other.Import(first.Export(ExportWhat.All, format).Path, new()) is var report
                    ? report.Added
                    : 0, report.Problems.Count));
            using var masks = other.LoadMasks();
            Same(own.Images.Masks!, masks.Images.Masks!);
        }

        static void Same(ImageSet a, ImageSet b)
        {
            Assert.Equal(3, b.Count);
            for (var id = 0; id < 3; id++) Assert.True(a[id].SequenceEqual(b[id]));
        }
    }

    /// <summary>A brush of Label Studio's own, at the size of its image: the very mask that it was made of, its pixels
    /// without a class ignored.</summary>
    [Fact]
    public void LoadMasks_LabelStudiosBrush_IsTheMaskThatItWasMadeOf()
    {
        var sample = InteropSamples.Folder("label-studio-brush");
        _folder.Write("photos/0001TP_008850.png", File.ReadAllBytes(Path.Combine(sample, "0001TP_008850.png")));
        using var w = Workspace.Create(_folder["photos"]);
        w.Index(new());
        Assert.Equal(1, w.Import(Path.Combine(sample, "export.json"), new()).Added);
        using var images = w.LoadMasks();
        string[] classes = [
            "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
            "Pedestrian", "Bicyclist"];
        using var truth = SkiaSharp.SKBitmap.Decode(Path.Combine(sample, "mask_class_ids.png"));
        var mask = images.Images.Masks![0];
        for (var i = 0; i < 240 * 180; i++)
        {
            var id = truth.GetPixel(i % 240, i / 240).Red;
            Assert.Equal(
                id < classes.Length ? Array.IndexOf([.. images.ClassNames], classes[id]) : ImageSet.Ignore, mask[i]);
        }
    }

    /// <summary>What no shape covers is painted with the background's class, and is no shape when it comes
    /// back.</summary>
    [Fact]
    public void Import_OwnMasksWithABackground_AreTheShapesThatTheyWere()
    {
        using (var first = Make(options: new() { Background = "rest" }))
            first.Export(ExportWhat.All, "masks", _folder["masks"]);
        using var w = Make("v", labelled: 0, options: new() { Background = "rest" });
        Assert.Equal(Pool, w.Import(_folder["masks"]).Added);
        var pool = w.Images().Where(i => !i.Test).Select(i => i.Id).ToHashSet();
        Assert.All(w.Labels().Where(l => pool.Contains(l.Image)),
            l => Assert.Equal(["bright", "dark"], l.Shapes.Select(s => s.Class).Order()));
        w.Export(ExportWhat.Labelled, "masks", _folder["again"]);
        var again = w.Import(_folder["again"]);
        Assert.Equal((Pool, 0, 0), (again.Unchanged, again.Added, again.Changed));
    }

    [Fact]
    public void LoadMasks_WithABackground_WhatNoShapeCoversIsOfThatClass()
    {
        using var w = Make(labelled: 2, options: new() { Background = "rest" });
        // somebody looked and found nothing
        w.Label(Id(w, "03.png"), null, [], "ann", "test");
        // of the pixels of this one nothing is known
        w.Label(Id(w, "04.png"), "dark", [], "ann", "test");
        using var images = w.LoadMasks();
        Assert.Equal(["bright", "dark", "rest"], images.ClassNames);
        Assert.Equal((1, 2), (images.Images.Masks![0][0], images.Images.Masks[0][15 * Width]));
        Assert.False(images.Images.Masks[3].ContainsAnyExcept((byte)2));
        Assert.Equal([1, 3], new[] { 1, 3, 4 }.Where(id => LabelForm.Masks.IsKnown(images.Images, id)));
    }

    /// <summary>The frame is the middle 16 columns of 24: what lies left of them is gone.</summary>
    [Fact]
    public void LoadMasks_ShapesOutsideOfTheFrame_AreSaid()
    {
        using var w = Make(labelled: 3, options: new() { Frame = (16, 16) });
        w.Label(Id(w, "01.png"), null, [new Box("dark", 0, 0, 3, 3)], "ann", "test");
        using var images = w.LoadMasks();
        Assert.Equal("1 labelled image has no pixel of a shape in the frame of 16×16, and is not used: 01.png; 'vaal "
            + "init --frame' sets another frame", images.Note);
        Assert.Equal([0, 2], new[] { 0, 1, 2 }.Where(id => LabelForm.Masks.IsKnown(images.Images, id)));
        var chooser = new BatchChooser(new() { Strategy = "random", Budget = 2, Task = Quick, UseFeatures = false });
        Assert.Equal(images.Note, w.Next(chooser).Note);
    }

    [Fact]
    public void Train_Masks_RecordsIouOfEveryClass_StatusSaysWhatLabelsWereWorth()
    {
        using var w = Make(labelled: 6);
        // labelled, and nothing for this model
        w.Label(Id(w, "09.png"), "dark", [], "ann", "test");
        var row = w.Train(Quick);
        Assert.Equal((1, null, 6, Tests, null), (row.Id, row.Round, row.Labels, row.Tests, row.Correct));
        var masks = row.Masks!;
        Assert.Equal((Width, Height), (masks.Width, masks.Height));
        Assert.Equal(["bright", "dark"], masks.Classes.Select(c => c.Class));
        Assert.Equal(masks.Classes.Average(c => c.Iou), masks.MeanIou.Estimate, 1e-12);
        Assert.Equal(masks.MeanIou, row.Accuracy);
        // dark and bright could not be plainer
        Assert.InRange(masks.MeanIou.Estimate, 0.7, 1);
        Assert.InRange(masks.MeanIou.Estimate, masks.MeanIou.Low, masks.MeanIou.High);
        Assert.Equal(["task.safetensors"], Directory.GetFiles(w.ModelOf(1)).Select(Path.GetFileName));
        var recorded = w.Trainings().Single();
        Assert.Equivalent(masks.Classes, recorded.Masks!.Classes, strict: true);
        Assert.Equal((row.Id, row.Round, row.Labels, row.Tests, row.Options, row.Seed, row.Version),
            (recorded.Id, recorded.Round, recorded.Labels, recorded.Tests, recorded.Options, recorded.Seed,
                recorded.Version));
        Assert.Contains("before and after a round", w.Status().Worth.Words, StringComparison.Ordinal);

        foreach (var image in w.Images().Where(i => Number(i) is 6 or 7))
            w.Label(image.Id, null, Shapes(Number(image)), "ann", "test");
        Assert.Equal(8, w.Train(Quick).Labels);
        Assert.Contains(" points of mean IoU per 100 labels", w.Status().Worth.Words, StringComparison.Ordinal);
        Assert.Equal(2, w.Entries().Count(e => e.What == "train"));
        Assert.Empty(w.Problems());
    }

    [Fact]
    public void Worth_TrainingsOfBothKinds_ComparesThoseOfTheLastOnesKind()
    {
        TrainingRow Of(int labels, int? correct, double iou = 0, int width = 24) =>
            new(1, null, labels, 20, correct, "{}", 1, default, default, "0.1.0")
            {
                Masks = correct is null ? new(new(iou, iou - 0.02, iou + 0.02), 0.9, [], width, 16) : null,
            };
        TrainingRow[] all =
            [Of(100, 10), Of(100, null, 0.4), Of(100, null, 0.3, width: 48), Of(200, 15), Of(200, null, 0.5)];
        Assert.Equal([0.4, 0.5], TrainingRow.LikeTheLast(all).Select(t => t.Accuracy.Estimate));
        Assert.Equal([10, 15], TrainingRow.LikeTheLast(all[..4]).Select(t => t.Correct!.Value));
        Assert.Empty(TrainingRow.LikeTheLast([]));
    }
}
